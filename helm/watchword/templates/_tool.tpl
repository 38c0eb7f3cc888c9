{{/* A stateless helper that comes with the chart in evaluation: its Service, Deployment and NetworkPolicy. (dict "root" $
"part" "mailpit" "args" list "env" map "ports" list of {name, port} "probe" {path, port} "config" name of a ConfigMap) */}}
{{- define "watchword.tool" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "watchword.metadata" . | nindent 2 }}
spec:
  selector:
    {{- include "watchword.selector" . | nindent 4 }}
  ports:
    {{- range .ports }}
    - {name: {{ .name }}, port: {{ .port }}, targetPort: {{ .name }}}
    {{- end }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "watchword.metadata" . | nindent 2 }}
spec:
  replicas: 1
  strategy:
    type: {{ .strategy }}
  selector:
    matchLabels:
      {{- include "watchword.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "watchword.labels" . | nindent 8 }}
      {{- with .config }}
      annotations:
        checksum/config: {{ sha256sum . }}
      {{- end }}
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- with .root.Values.image.pullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . }}
        {{- end }}
      {{- end }}
      securityContext:
        {{- include "watchword.podSecurity" 65532 | nindent 8 }}
      containers:
        - name: {{ .part }}
          image: {{ get .root.Values.bundled.images .part }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          args: {{ toJson .args }}
          ports:
            {{- range .ports }}
            - {name: {{ .name }}, containerPort: {{ .port }}}
            {{- end }}
            {{- if eq (kindOf .probe.port) "int" }}
            - {name: probe, containerPort: {{ .probe.port }}}
            {{- end }}
          readinessProbe:
            httpGet: {path: {{ .probe.path }}, port: {{ .probe.port }}}
            periodSeconds: 3
          resources:
            requests: {cpu: 25m, memory: 64Mi}
            limits: {memory: 256Mi}
          securityContext:
            {{- include "watchword.containerSecurity" . | nindent 12 }}
          volumeMounts:
            - {name: scratch, mountPath: /tmp}
            {{- if .config }}
            - {name: config, mountPath: /etc/{{ .part }}, readOnly: true}
            {{- end }}
      volumes:
        - name: scratch
          emptyDir: {sizeLimit: 128Mi}
        {{- if .config }}
        - name: config
          configMap:
            name: {{ include "watchword.fullname" .root }}-{{ .part }}
        {{- end }}
{{- with .config }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "watchword.metadata" $ | nindent 2 }}
data:
  routes.yaml: |
    {{- . | nindent 4 }}
{{- end }}
{{- with include "watchword.networkPolicy" . }}
---
{{ . }}
{{- end }}
{{- end -}}
