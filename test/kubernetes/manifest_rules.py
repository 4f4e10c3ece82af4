"""What no schema says of manifests. What breaks a rule is added to `problems`."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema
import yaml

ROOT = Path(__file__).parents[2]
ALERTS = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yaml").read_text())
DASHBOARD = json.loads((ROOT / "deploy/grafana/gateway-dashboard.json").read_text())
GATEWAY_FILE = json.loads((ROOT / "schema/gateway.schema.json").read_text())

problems = []


def check(condition, text):
    if not condition:
        problems.append(text)


def hold_to_rules(case, manifests, variables):
    pods = [m["spec"]["template"] for m in manifests if m["kind"] in ("Deployment", "StatefulSet")]
    for manifest in manifests:
        spec = manifest.get("spec") or {}
        name = f"{case}: {manifest['kind']} {manifest['metadata']['name']}"
        selector = {
            "Service": lambda: spec["selector"],
            "NetworkPolicy": lambda: spec["podSelector"].get("matchLabels"),
            "PodDisruptionBudget": lambda: spec["selector"].get("matchLabels"),
        }.get(manifest["kind"], lambda: None)()
        if manifest["kind"] in ("Service", "NetworkPolicy", "PodDisruptionBudget"):
            chosen = [pod for pod in pods if selector and selector.items() <= pod["metadata"]["labels"].items()]
            check(len(chosen) == 1, f"{name}: its selector fits {len(chosen)} workloads")
            for pod in chosen:
                hold_ports_to_pod(name, manifest, pod["spec"])
        if manifest["kind"] == "NetworkPolicy":
            hold_egress_to_pods(name, spec, pods)
        if manifest["kind"] == "Deployment":
            hold_gateway_to_rules(name, spec["template"]["spec"], variables)
        if manifest["kind"] == "StatefulSet":
            hold_lmdeploy_to_rules(name, spec["template"]["spec"])
        if manifest["kind"] == "NetworkPolicy" and manifest["metadata"]["name"].endswith("lmdeploy"):
            hold_isolation_to_rules(case, name, spec)
    kinds = {manifest["kind"] for manifest in manifests}
    locked = [m for m in manifests if m["kind"] == "NetworkPolicy" and m["metadata"]["name"].endswith("lmdeploy")]
    check("StatefulSet" not in kinds or len(locked) == 1, f"{case}: anybody reaches LMDeploy")
    check(kinds >= {"Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy"}, f"{case}: only {sorted(kinds)}")


def hold_ports_to_pod(name, manifest, pod):
    """A name of a port that no container has sends nothing, and nobody says so."""
    spec = manifest["spec"]
    known = {port["name"] for container in pod["containers"] for port in container["ports"]}
    ports = {
        "Service": lambda: [port["targetPort"] for port in spec["ports"]],
        "NetworkPolicy": lambda: [port["port"] for rule in spec.get("ingress", []) for port in rule.get("ports", [])],
    }.get(manifest["kind"], list)()
    check(set(ports) <= known, f"{name}: ports {sorted(set(ports) - known)} are none of {sorted(known)}")


def hold_egress_to_pods(name, spec, pods):
    for rule in spec.get("egress", []):
        labels = [peer.get("podSelector", {}).get("matchLabels", {}).items() for peer in rule.get("to", [])]
        for pod in pods:
            if any(part and part <= pod["metadata"]["labels"].items() for part in labels):
                known = {port["containerPort"] for each in pod["spec"]["containers"] for port in each["ports"]}
                check({port["port"] for port in rule["ports"]} <= known, f"{name}: {rule} is none of {known}")


def hold_lmdeploy_to_rules(name, pod):
    (container,) = pod["containers"]
    limits = container["resources"].get("limits", {})
    check(any(key.endswith("/gpu") and int(value) > 0 for key, value in limits.items()), f"{name}: it has no GPU")
    check(pod["automountServiceAccountToken"] is False, f"{name}: it has a token")
    hold_probes_to_rules(name, container, {"startup": "/health", "liveness": "/health", "readiness": "/health"})


def hold_isolation_to_rules(case, name, spec):
    peers = [peer for rule in spec["ingress"] for peer in rule.get("from", [{}])]
    labels = [peer.get("podSelector", {}).get("matchLabels", {}) for peer in peers]
    check(
        [part.get("app.kubernetes.io/component") for part in labels] == ["gateway"],
        f"{name}: others than the gateway reach LMDeploy",
    )
    check("Egress" in spec["policyTypes"], f"{name}: LMDeploy reaches anything")
    # Those values let it download its model.
    check(spec["egress"] == [] or case == "ci/everything-values", f"{name}: LMDeploy reaches {spec['egress']}")


def hold_probes_to_rules(name, container, paths):
    known = {port["name"] for port in container["ports"]}
    for kind, path in paths.items():
        probe = container.get(f"{kind}Probe", {}).get("httpGet", {})
        check(probe.get("path") == path and probe.get("port") in known, f"{name}: its {kind} probe asks {probe}")


def hold_to_one_another(case, manifests, values):
    """What manifests name must be there: nothing else says so before it is applied."""
    named = {(manifest["kind"], manifest["metadata"]["name"]): manifest for manifest in manifests}
    services = {name: m["spec"]["ports"] for (kind, name), m in named.items() if kind == "Service"}
    for (kind, own), manifest in named.items():
        name, spec = f"{case}: {kind} {own}", manifest.get("spec") or {}
        if kind == "HorizontalPodAutoscaler":
            target = spec["scaleTargetRef"]
            scaled = named.get((target["kind"], target["name"]))
            check(scaled is not None, f"{name}: there is no {target['kind']} {target['name']}")
            check(scaled is None or "replicas" not in scaled["spec"], f"{name}: its replicas are set besides")
            hold_ratio_to_rules(name, spec)
        if kind == "HTTPRoute":
            (rule,) = spec["rules"]
            check(rule.get("timeouts", {}).get("request") == "0s", f"{name}: it cuts streams")
            for backend in rule["backendRefs"]:
                ports = [port["port"] for port in services.get(backend["name"], [])]
                check(backend["port"] in ports, f"{name}: {backend} is not in {services}")
        if kind == "Ingress":
            for backend in (path["backend"]["service"] for rule in spec["rules"] for path in rule["http"]["paths"]):
                ports = [port["name"] for port in services.get(backend["name"], [])]
                check(backend["port"]["name"] in ports, f"{name}: {backend} is not in {services}")
        if kind == "StatefulSet":
            check(spec["serviceName"] in services, f"{name}: there is no Service {spec['serviceName']}")
        if kind == "ServiceMonitor":
            wanted = spec["selector"]["matchLabels"].items()
            ports = {
                port["name"]
                for (service, _), m in named.items()
                if service == "Service" and wanted <= m["metadata"]["labels"].items()
                for port in m["spec"]["ports"]
            }
            check({end["port"] for end in spec["endpoints"]} <= ports, f"{name}: {spec} fits no port of {ports}")
        if kind == "PrometheusRule":
            check(spec and spec.get("groups") == ALERTS["groups"], f"{name}: it has not the rules of deploy/prometheus")
        if kind == "ConfigMap" and own.endswith("-dashboard"):
            texts = manifest["data"].values()
            is_ours = [text.strip() and json.loads(text) for text in texts] == [DASHBOARD]
            check(is_ours, f"{name}: it has not the dashboard of deploy/grafana")
        if kind == "Deployment":
            hold_volumes_to_manifests(name, spec["template"]["spec"], values, named)
            hold_upstreams_to_services(name, named)


def hold_ratio_to_rules(name, spec):
    """Of a ratio 600m are 60 %, which no schema knows."""
    for metric in spec["metrics"]:
        if metric["type"] == "Pods":
            value = metric["pods"]["target"]["averageValue"]
            is_share = value.endswith("m") and 100 <= int(value[:-1]) <= 1000
            check(is_share, f"{name}: {value} is no share of MAX_IN_FLIGHT")


def hold_volumes_to_manifests(name, pod, values, named):
    # Given with the values, and made by others.
    outside = {"gateway-extensions", "company-ca"}
    of_lmdeploy = values.get("lmdeploy", {}).get("apiKeySecret", {}).get("name")
    secrets = {"gateway-secrets", values.get("secrets", {}).get("name"), of_lmdeploy}
    for volume in pod["volumes"]:
        config = volume.get("configMap", {}).get("name")
        check(config is None or ("ConfigMap", config) in named or config in outside, f"{name}: there is no {config}")
        claim = volume.get("persistentVolumeClaim", {}).get("claimName")
        check(claim is None or ("PersistentVolumeClaim", claim) in named, f"{name}: there is no {claim}")
        secret = volume.get("secret", {}).get("secretName")
        check(secret is None or secret in secrets, f"{name}: nobody makes the Secret {secret}")


def hold_upstreams_to_services(name, named):
    """gateway.yaml keeps to its own schema, and names pods that are there."""
    for (kind, _), manifest in named.items():
        text = manifest.get("data", {}).get("gateway.yaml") if kind == "ConfigMap" else None
        if text is None:
            continue
        content = yaml.safe_load(text)
        try:
            jsonschema.validate(content, GATEWAY_FILE)
        except jsonschema.ValidationError as error:
            check(False, f"{name}: gateway.yaml: {error.message}")
        for upstream in content.get("upstreams", []):
            url = urlsplit(upstream.get("baseUrl", ""))
            pod, _, service = (url.hostname or "").partition(".")
            ports = [port["port"] for port in named.get(("Service", service), {}).get("spec", {}).get("ports", [])]
            is_own = ("StatefulSet", service) in named
            check(not is_own or url.port in ports, f"{name}: {pod} does not listen on {url.port}")


def hold_gateway_to_rules(name, pod, variables):
    (container,) = pod["containers"]
    names = [entry["name"] for entry in container["env"]]
    given = {entry["name"]: entry.get("value") for entry in container["env"]}
    check(set(names) <= variables, f"{name}: unknown variables {sorted(set(names) - variables)}")
    check(len(names) == len(given), f"{name}: a variable is given twice")
    check(not any("e+" in (value or "") for value in given.values()), f"{name}: a number has lost its form")
    grace = int(given["SHUTDOWN_GRACE_MS"]) / 1000
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    check(pod["terminationGracePeriodSeconds"] >= grace + pause + 10, f"{name}: it is killed before its answers end")
    mounts = [mount["mountPath"] for mount in container["volumeMounts"]]
    files = [value for key, value in given.items() if key.endswith("_FILE")]
    check(
        all(any(file.startswith(f"{mount}/") for mount in mounts) for file in files),
        f"{name}: a file of {files} is not mounted",
    )
    volumes = {volume["name"] for volume in pod["volumes"]}
    check({mount["name"] for mount in container["volumeMounts"]} == volumes, f"{name}: volumes and mounts differ")
    check(pause >= 5, f"{name}: proxies have not heard that it ends")
    probes = {"startup": "/health/live", "liveness": "/health/live", "readiness": "/health/ready"}
    hold_probes_to_rules(name, container, probes)
    keys = [entry["name"] for entry in container["env"] if "secretKeyRef" in entry.get("valueFrom", {})]
    check(not keys, f"{name}: secrets {keys} are variables")
    check(pod["automountServiceAccountToken"] is False, f"{name}: it has a token")
    check(pod["securityContext"]["runAsNonRoot"] is True, f"{name}: it may be root")
    check(pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault", f"{name}: it has no seccomp profile")
    restricted = {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    check(container["securityContext"] == restricted, f"{name}: its container is not restricted")
