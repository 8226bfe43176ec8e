"""Runs a compiler over many files, as many at a time as there are processors."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor


def compile_all(jobs, advice):
    """Runs `jobs`, a list of (name, command, standard input); prints what each failed one said.

    Returns the names of those that failed.
    """
    def run(job):
        return subprocess.run(job[1], input=job[2], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    failed = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (name, _, _), result in zip(jobs, pool.map(run, jobs)):
            if result.returncode != 0:
                failed.append(name)
                print(f"{result.stdout}{name}: {advice}\n")
    print(f"{len(jobs) - len(failed)} of {len(jobs)} compile")
    return failed
