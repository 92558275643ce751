{{- /*
A DaemonSet of a program that the kubelet calls. It takes a dict: `root`; `part`, the name of the command; `values` of that part;
`args`; `folder`, where the kubelet looks for its socket; and `account`, its service account. Without one it calls no API server.
*/ -}}
{{- define "agent.plugin" -}}
{{- $root := .root }}
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: {{ include "agent.name" $root }}-{{ .part }}
  namespace: {{ $root.Release.Namespace }}
  labels: {{- include "agent.pluginLabels" . | nindent 4 }}
spec:
  selector:
    matchLabels: {{- include "agent.pluginLabels" . | nindent 6 }}
  updateStrategy:
    rollingUpdate:
      maxUnavailable: 1
  template:
    metadata:
      labels: {{- include "agent.pluginLabels" . | nindent 8 }}
    spec:
      {{- if .account }}
      serviceAccountName: {{ .account }}
      {{- else }}
      automountServiceAccountToken: false
      {{- end }}
      {{- with $root.Values.imagePullSecrets }}
      imagePullSecrets: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $root.Values.runtimeClassName }}
      runtimeClassName: {{ . }}
      {{- end }}
      {{- with $root.Values.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      # The locks of applies are those of processes of the host.
      hostPID: true
      containers:
        - name: {{ .part }}
          image: {{ printf "%s:%s" $root.Values.image.repository ($root.Values.image.tag | default $root.Chart.AppVersion) | quote }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args: {{- toYaml (concat (list .part) .args .values.extraArgs) | nindent 12 }}
          env:
            {{- if .account }}
            - name: NODE_NAME
              valueFrom:
                fieldRef:
                  fieldPath: spec.nodeName
            {{- end }}
            - name: NVIDIA_VISIBLE_DEVICES
              value: all
            - name: NVIDIA_DRIVER_CAPABILITIES
              value: utility
            - name: NVIDIA_MIG_MONITOR_DEVICES
              value: all
          # The MIG devices of others, and the sockets of the kubelet, are root's.
          securityContext:
            privileged: true
          {{- with .values.resources }}
          resources: {{- toYaml . | nindent 12 }}
          {{- end }}
          volumeMounts:
            - name: sockets
              mountPath: {{ .folder }}
            - name: run
              mountPath: /run/mig-nvml
              readOnly: true
            - name: cdi
              mountPath: /var/run/cdi
      volumes:
        - name: sockets
          hostPath:
            path: {{ .folder }}
        - name: run
          hostPath:
            path: /run/mig-nvml
            type: DirectoryOrCreate
        - name: cdi
          hostPath:
            path: /var/run/cdi
            type: DirectoryOrCreate
      nodeSelector: {{- toYaml (merge (deepCopy .values.nodeSelector) $root.Values.nodeSelector) | nindent 8 }}
      {{- with $root.Values.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end -}}

{{- define "agent.pluginLabels" -}}
app.kubernetes.io/name: mig-nvml-{{ .part }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end -}}
