"""Workers on a Ray cluster: more machines for the same queue.

The run tables are the truth, as everywhere; Ray places actors, claims GPUs and starts again what died.

pool.py        start, stop and look at the pool: what the CLI calls
supervisor.py  the detached actor that keeps the pool whole and feeds it
actors.py      one worker: the loop of services/jobs/worker.py in an actor that keeps its models
embedding.py   big libraries through Ray Data
"""
