{{- define "agent.name" -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "agent.account" -}}
{{- .Values.serviceAccount.name | default (include "agent.name" .) -}}
{{- end -}}

{{- /* The DRA driver whose slices the agent awaits; empty: none. */ -}}
{{- define "agent.draDriver" -}}
{{- if .Values.agent.draDriver -}}
{{ .Values.agent.draDriver }}
{{- else if .Values.draDriver.enabled -}}
{{ .Values.draDriver.name }}
{{- end -}}
{{- end -}}

{{- define "agent.draAccount" -}}
{{- .Values.draDriver.serviceAccountName | default (printf "%s-dra-driver" (include "agent.name" .)) -}}
{{- end -}}

{{- define "agent.selector" -}}
app.kubernetes.io/name: mig-nvml-agent
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "agent.labels" -}}
{{ include "agent.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- /* The ConfigMap to mount; empty: none. */ -}}
{{- define "agent.configMap" -}}
{{- if .Values.config.existingConfigMap -}}
{{ .Values.config.existingConfigMap }}
{{- else if .Values.config.document -}}
{{ include "agent.name" . }}-config
{{- end -}}
{{- end -}}
