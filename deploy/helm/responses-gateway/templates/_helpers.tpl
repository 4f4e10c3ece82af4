{{- define "gateway.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "gateway.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "gateway.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "gateway.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "gateway.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: responses-gateway
{{- end }}

{{- define "gateway.selector" -}}
app.kubernetes.io/name: {{ include "gateway.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: gateway
{{- end }}

{{- define "lmdeploy.selector" -}}
app.kubernetes.io/name: {{ include "gateway.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: lmdeploy
{{- end }}

{{- define "lmdeploy.fullname" -}}
{{ include "gateway.fullname" . }}-lmdeploy
{{- end }}

{{- define "gateway.serviceAccount" -}}
{{ default (include "gateway.fullname" .) .Values.serviceAccount.name }}
{{- end }}

{{- define "gateway.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}
{{- end }}

{{/* Names of all variables that are given, however: `env`, `extraEnv`, files. */}}
{{- define "gateway.given" -}}
{{- $names := concat (keys .Values.env) (keys .Values.secrets.files) }}
{{- range .Values.extraEnv }}{{ $names = append $names .name }}{{ end }}
{{- $names | sortAlpha | join "," }}
{{- end }}

{{/* gateway.yaml: `config`, and each pod of the chart's LMDeploy as an upstream of its own. */}}
{{- define "gateway.config" -}}
{{- $config := deepCopy .Values.config }}
{{- if .Values.lmdeploy.enabled }}
{{- $upstreams := default list $config.upstreams }}
{{- $name := include "lmdeploy.fullname" . }}
{{- range $index := until (int .Values.lmdeploy.replicas) }}
{{- $pod := printf "%s-%d" $name $index }}
{{- $entry := dict "name" $pod "baseUrl" (printf "http://%s.%s:23333" $pod $name) "preset" "lmdeploy" }}
{{- $upstreams = append $upstreams (set $entry "apiKeyFile" "/etc/gateway/lmdeploy/key") }}
{{- end }}
{{- $_ := set $config "upstreams" $upstreams }}
{{- end }}
{{- toYaml $config }}
{{- end }}
