"""Renders the chart with each file of values, and the kustomizations, and checks what comes of it.

With Helm's own code and the schemas of Kubernetes, offline: python check_manifests.py [FOLDER OF THE GATEWAY API'S DEFINITIONS]
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml
from helm_python.chart import Chart, lint
from manifest_rules import check, hold_to_one_another, hold_to_rules, problems

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy/helm/responses-gateway"
KUSTOMIZATIONS = ("deploy/kustomize/base", "deploy/kustomize/ha")
# The oldest that Chart.yaml allows, and the newest that there are schemas of.
VERSIONS = ("1.30", "1.37")
VALUES = ("ci/minimal-values", "values-ha", "values-lmdeploy", "ci/everything-values")
UPSTREAM = {"env": {"UPSTREAM_BASE_URL": "http://lmdeploy:23333"}}

# What is refused, and a part of what is said then.
WRONG = (
    ({}, "No model server"),
    ({**UPSTREAM, "config": {"upstreams": [{"name": "a", "baseUrl": "http://a"}]}}, "given twice"),
    ({**UPSTREAM, "replicas": 2}, "ENCRYPTION_KEY_FILE"),
    ({**UPSTREAM, "secrets": {"files": {"API_KEYS_FILE": "keys"}}}, "secrets.name"),
    ({**UPSTREAM, "persistence": {"enabled": True}, "autoscaling": {"enabled": True}}, "one replica"),
    ({"env": {**UPSTREAM["env"], "DATABASE_URL": "none"}, "persistence": {"enabled": True}}, "DATABASE_URL"),
    ({"lmdeploy": {"enabled": True}}, "apiKeySecret"),
    ({**UPSTREAM, "httpRoute": {"enabled": True}}, "parentRefs"),
    ({**UPSTREAM, "ingress": {"enabled": True}}, "ingress.hosts"),
    ({**UPSTREAM, "replicaCount": 2}, "replicaCount"),
    ({"env": {"API_KEYS": "secret"}}, "API_KEYS"),
    ({**UPSTREAM, "autoscaling": {"metric": "memory"}}, "autoscaling"),
)

def render(values):
    with Chart.load(CHART) as chart:
        rendered = chart.render(values, name="gateway", namespace="models")
    texts = [text for path, text in rendered.items() if not path.endswith(".txt")]
    return [manifest for text in texts for manifest in yaml.safe_load_all(text) if manifest]


def kustomize(folder):
    command = ["kubectl", "kustomize"] if shutil.which("kubectl") else ["kustomize", "build"]
    built = subprocess.run([*command, ROOT / folder], check=True, capture_output=True, text=True)
    return [manifest for manifest in yaml.safe_load_all(built.stdout) if manifest]


def closed(schema):
    """The schema without room for fields that it does not name: they would be dropped without a word."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: closed(part) for key, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        copy.setdefault("additionalProperties", False)
    return copy


def gateway_api(folder):
    schemas = {}
    for file in Path(folder).glob("*.yaml") if folder else ():
        for crd in yaml.safe_load_all(file.read_text()):
            for version in crd["spec"]["versions"] if crd and crd["kind"] == "CustomResourceDefinition" else ():
                schema = version["schema"]["openAPIV3Schema"]
                schema["properties"]["metadata"] = {}
                schemas[f"{crd['spec']['group']}/{version['name']}", crd["spec"]["names"]["kind"]] = closed(schema)
    return schemas


def hold_to_schema(case, manifest, definitions):
    kind, api = manifest["kind"], manifest["apiVersion"]
    name = f"{case}: {kind} {manifest['metadata']['name']}"
    try:
        if kind == "PrometheusRule":
            hold_to_promtool(manifest["spec"])
        elif api.startswith("monitoring.coreos.com/"):
            return False
        elif (api, kind) in definitions:
            jsonschema.validate(manifest, definitions[api, kind])
        elif api.startswith("gateway.networking.k8s.io/"):
            return False
        else:
            for version in VERSIONS:
                kubernetes_validate.validate(manifest, version, strict=True)
    except Exception as error:
        check(False, f"{name}: {getattr(error, 'message', error)}")
    return True


def hold_to_promtool(spec):
    if not shutil.which("promtool"):
        return
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(spec, file)
        subprocess.run(["promtool", "check", "rules", file.name], check=True, capture_output=True)


def main():
    definitions = gateway_api(sys.argv[1] if len(sys.argv) > 1 else "")
    variables = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.M))
    given = {name: yaml.safe_load((CHART / f"{name}.yaml").read_text()) for name in VALUES}
    cases = {}
    for name, values in given.items():
        report = lint(CHART, values, strict=True, kube_version=f"v{VERSIONS[-1]}.0")
        faults = [message["error"] for message in report["messages"] if message["severity"] > 1]
        check(not faults and not report["errors"], f"{name}: lint: {faults or report['errors']}")
        cases[name] = render(values)
    if shutil.which("kubectl") or shutil.which("kustomize"):
        cases |= {folder: kustomize(folder) for folder in KUSTOMIZATIONS}
    else:
        print("No kubectl and no kustomize here: deploy/kustomize is not checked.")

    unchecked = set()
    for case, manifests in cases.items():
        for manifest in manifests:
            if not hold_to_schema(case, manifest, definitions):
                unchecked.add(manifest["kind"])
        hold_to_rules(case, manifests, variables)
        hold_to_one_another(case, manifests, given.get(case, {}))
    for values, part in WRONG:
        try:
            render(values)
            check(False, f"{values}: is not refused")
        except Exception as error:
            check(part in str(error), f"{values}: {part} is not in: {error}")

    count = sum(map(len, cases.values()))
    print(f"{count} manifests of {len(cases)} cases, {len(WRONG)} wrong values, Kubernetes {' and '.join(VERSIONS)}.")
    if unchecked:
        print(f"Without a schema here: {', '.join(sorted(unchecked))}.")
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


main()
