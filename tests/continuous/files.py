#!/usr/bin/env python3
"""Do the files for continuous integration and for Kubernetes say what the tree says? Argument: the root.

Exit 77 where Python has no yaml: then nothing is known.
"""
import json
import pathlib
import re
import subprocess
import sys

try:
    import yaml
except ImportError:
    sys.exit(77)

root = pathlib.Path(sys.argv[1])
faults = []


def check(holds, sentence):
    if not holds:
        faults.append(sentence)


def read(path):
    return yaml.safe_load((root / path).read_text(encoding="utf-8"))


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


# Every workflow: it has triggers, jobs on a named system, and actions at a commit, whose version is told.
workflows = {path.name: read(path.relative_to(root)) for path in (root / ".github/workflows").glob("*.yml")}
modes = {}
for name, workflow in workflows.items():
    triggers = workflow.get("on", workflow.get(True))  # YAML 1.1 reads `on` as a truth value
    check(triggers, f"{name} has no triggers")
    check("permissions" in workflow, f"{name} leaves its permissions open")
    for job in workflow["jobs"].values():
        check(re.fullmatch(r"ubuntu-\d\d\.\d\d", job["runs-on"]), f"{name}: runs-on names no version")
    for step in steps(workflow):
        check(("uses" in step) != ("run" in step), f"{name}: a step neither uses nor runs, or both: {step}")
        if "mode" in step.get("with", {}):
            modes[step["with"]["mode"]] = (name, triggers)
    text = (root / ".github/workflows" / name).read_text(encoding="utf-8")
    for uses in re.findall(r"uses: *(.*)", text):
        check(re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+(\.\d+)*", uses), f"{name}: '{uses}' is at no commit")
    pins = set(re.findall(r"google/clusterfuzzlite/actions/\w+@(\w+)", text))
    check(len(pins) <= 1, f"{name} uses ClusterFuzzLite at several commits")

# ClusterFuzzLite: a change is fuzzed when it is asked for, the rest by the clock.
check(set(modes) == {"code-change", "batch", "prune", "coverage"}, f"the modes are {sorted(modes)}")
for mode, (name, triggers) in modes.items():
    check(("pull_request" if mode == "code-change" else "schedule") in triggers, f"{name}: {mode} is never started")
project = read(".clusterfuzzlite/project.yaml")
check(project["language"] == "c", "project.yaml: the language is C")
for name, workflow in workflows.items():
    for job in workflow["jobs"].values():
        tried = job.get("strategy", {}).get("matrix", {}).get("sanitizer", project["sanitizers"])
        check(tried == project["sanitizers"], f"{name}: its sanitizers are not those of project.yaml")
building = (root / ".clusterfuzzlite/build.sh").read_text(encoding="utf-8")
for sanitizer in project["sanitizers"]:
    check(f"\n{sanitizer})" in building, f"build.sh knows no sanitizer {sanitizer}")
subprocess.run(["bash", "-n", root / ".clusterfuzzlite/build.sh"], check=True)

# The matrix: each preset that ./dev test has, with the compiler that CMakePresets.json gives it.
dev = (root / "dev").read_text(encoding="utf-8")
tested = re.search(r"^presets=\((.*?)\)", dev, re.M).group(1).split()
presets = {preset["name"]: preset for preset in json.loads((root / "CMakePresets.json").read_text())["configurePresets"]}
matrix = workflows["build.yml"]["jobs"]["test"]["strategy"]["matrix"]["include"]
check([row["preset"] for row in matrix] == tested, f"build.yml has {matrix}, ./dev test {tested}")
for row in matrix:
    compiler = presets[row["preset"]]["cacheVariables"]["CMAKE_C_COMPILER"]
    check(row["compiler"] == compiler, f"build.yml: {row['preset']} is built with {compiler}")
check(any(step.get("run") == "./dev test ${{ matrix.preset }}" for step in steps(workflows["build.yml"])),
      "build.yml does not run ./dev test")
for command in re.findall(r"\./dev (\w+)", str(workflows)):
    check(f"\n{command}) " in dev, f"a workflow runs './dev {command}', which is no command")

# The Job: as many shares as pods, the sweep's own exit codes, an image that needs no rights.
job = read("deploy/sweep-job.yaml")
spec, pod = job["spec"], job["spec"]["template"]["spec"]
container = pod["containers"][0]
check(job["kind"] == "Job" and job["apiVersion"] == "batch/v1", "sweep-job.yaml is no Job")
check(spec["completionMode"] == "Indexed", "the Job has no index")
check([{"name": "SWEEP_SHARES", "value": str(spec["completions"])}] == container["env"], "SWEEP_SHARES is not the number of completions")
check("backoffLimitPerIndex" in spec and pod["restartPolicy"] == "Never", "backoffLimitPerIndex needs restartPolicy Never")
failing = [rule["onExitCodes"] for rule in spec["podFailurePolicy"]["rules"] if rule["action"] == "FailIndex"]
check(failing[0]["values"] == [1, 2] and failing[0]["containerName"] == container["name"], "seeds that failed are tried again")
check(container["args"][0] == "sweep", "the Job runs no sweep")
check((root / "scenarios" / f"{container['args'][1]}.c").exists(), f"the Job sweeps {container['args'][1]}, which is no scenario")
user = re.search(r"^USER (\d+):(\d+)$", (root / "Dockerfile").read_text(encoding="utf-8"), re.M)
check([str(pod["securityContext"][key]) for key in ("runAsUser", "runAsGroup")] == list(user.groups()), "the Job's user is not the image's")
check(container["securityContext"]["readOnlyRootFilesystem"] is True, "the Job's root can be written")
check({mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}, "volumes and mounts differ")

print("\n".join(faults) or f"{len(workflows)} workflows, 1 Job, 1 project: nothing wrong")
sys.exit(1 if faults else 0)
