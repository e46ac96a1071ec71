"""The program that turns readings into clips, in batches.

    rhymes --reader--> what is said --plan--> jobs --step--> workers --studio--> clips

`plan` and `step` decide, pure; `batch` carries out: it starts the worker
processes, hands them jobs and writes each finished clip into the manifest.
"""
