"""The running service under load: its latency by rate beside two peers, and a long soak.

python -m benchmarks.service ladder    # rates from 5 a second to three times the capacity
python -m benchmarks.service soak      # ten minutes of everything that can go wrong
"""
