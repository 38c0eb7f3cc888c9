{{/* The Deployment of a service. (dict "root" $ "part" "auth") */}}
{{- define "watchword.deployment" -}}
{{- $service := index .root.Values .part -}}
{{- $settings := include "watchword.settings" . -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "watchword.metadata" . | nindent 2 }}
spec:
  {{- if not $service.autoscaling.enabled }}
  replicas: {{ include "watchword.replicas" . }}
  {{- end }}
  minReadySeconds: 5
  revisionHistoryLimit: 3
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  selector:
    matchLabels:
      {{- include "watchword.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- with $service.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        {{- include "watchword.labels" . | nindent 8 }}
      annotations:
        {{- with $service.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        checksum/config: {{ printf "%s%s%s" $settings (include "watchword.addresses" .root) .root.Values.keys.seed | sha256sum }}
    spec:
      {{- include "watchword.podSpec" . | nindent 6 }}
{{- end -}}

{{- define "watchword.podSpec" -}}
{{- $service := index .root.Values .part -}}
{{- $files := include "watchword.secretFiles" . | fromYamlArray -}}
serviceAccountName: {{ include "watchword.serviceAccount" . }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .root.Values.drain.grace | int }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  {{- include "watchword.podSecurity" 65532 | nindent 2 }}
{{- with $service.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $service.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $service.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $service.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "watchword.selector" $ | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
  {{- end }}
containers:
  - name: {{ .part }}
    image: {{ include "watchword.image" (dict "root" .root "image" $service.image) }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    ports:
      {{- if ne .part "mailer" }}
      - {name: public, containerPort: 8080}
      {{- end }}
      - {name: internal, containerPort: 9090}
    envFrom:
      - configMapRef:
          name: {{ include "watchword.fullname" .root }}-{{ .part }}
    env:
      {{- range $files }}
      - name: {{ .variable }}
        value: /run/watchword/{{ .path }}
      {{- end }}
      {{- if eq .part "auth" }}
      - name: WATCHWORD_SIGNING_KEYS_DIR
        value: /run/watchword-signing
      {{- end }}
      {{- range $name, $value := $service.env }}
      - name: {{ $name }}
        {{- if kindIs "map" $value }}
        {{- toYaml $value | nindent 8 }}
        {{- else }}
        value: {{ include "watchword.text" $value | quote }}
        {{- end }}
      {{- end }}
    # Stores that are slow to come up are waited for; then a process that can't serve gets no requests, and one whose loop
    # stands still is started again.
    startupProbe:
      httpGet: {path: /readyz, port: internal}
      periodSeconds: 2
      timeoutSeconds: 2
      failureThreshold: 300
    readinessProbe:
      httpGet: {path: /readyz, port: internal}
      periodSeconds: 5
      timeoutSeconds: 2
      failureThreshold: 2
    livenessProbe:
      httpGet: {path: /healthz, port: internal}
      periodSeconds: 10
      timeoutSeconds: 5
      failureThreshold: 3
    lifecycle:
      preStop:
        sleep:
          seconds: {{ .root.Values.drain.preStop | int }}
    resources:
      {{- toYaml $service.resources | nindent 6 }}
    securityContext:
      {{- include "watchword.containerSecurity" . | nindent 6 }}
    volumeMounts:
      - {name: secrets, mountPath: /run/watchword, readOnly: true}
      {{- if eq .part "auth" }}
      - {name: signing, mountPath: /run/watchword-signing, readOnly: true}
      {{- end }}
volumes:
  - name: secrets
    projected:
      defaultMode: 0440
      sources:
        {{- range $files }}
        - {{ hasKey . "configmap" | ternary "configMap" "secret" }}:
            name: {{ .configmap | default .secret }}
            items:
              - {key: {{ .key | quote }}, path: {{ .path }}}
        {{- end }}
  {{- if eq .part "auth" }}
  - name: signing
    secret:
      secretName: {{ include "watchword.signingSecret" .root }}
      defaultMode: 0440
  {{- end }}
{{- end -}}

{{- define "watchword.service" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "watchword.metadata" . | nindent 2 }}
spec:
  selector:
    {{- include "watchword.selector" . | nindent 4 }}
  ports:
    {{- if ne .part "mailer" }}
    - {name: public, port: 8080, targetPort: public, appProtocol: http}
    {{- end }}
    - {name: internal, port: 9090, targetPort: internal, appProtocol: http}
{{- end -}}

{{- define "watchword.configMap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "watchword.metadata" . | nindent 2 }}
data:
  {{- include "watchword.settings" . | trim | nindent 2 }}
{{- end -}}

{{- define "watchword.account" -}}
{{- $account := (index .root.Values .part).serviceAccount -}}
{{- if $account.create -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "watchword.serviceAccount" . }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "watchword.labels" . | nindent 4 }}
  {{- with $account.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end -}}
{{- end -}}

{{- define "watchword.disruptionBudget" -}}
{{- if gt (include "watchword.replicas" . | int) 1 -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "watchword.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "watchword.selector" . | nindent 6 }}
{{- end -}}
{{- end -}}

{{- define "watchword.autoscaler" -}}
{{- $scale := (index .root.Values .part).autoscaling -}}
{{- if $scale.enabled -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "watchword.metadata" . | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "watchword.fullname" .root }}-{{ .part }}
  minReplicas: {{ $scale.minReplicas | int }}
  maxReplicas: {{ $scale.maxReplicas | int }}
  metrics:
    {{- if $scale.metrics }}
    {{- toYaml $scale.metrics | nindent 4 }}
    {{- else if eq .part "mailer" }}
    - type: External
      external:
        metric:
          name: watchword_mail_oldest_seconds
          selector:
            matchLabels:
              namespace: {{ .root.Release.Namespace }}
        target:
          type: Value
          value: {{ $scale.targetOldest | int | quote }}
    {{- else }}
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ $scale.targetCPU | int }}
    {{- end }}
{{- end -}}
{{- end -}}
