{{/* A store that comes with the chart: one pod, for evaluation. (dict "root" $ "part" "valkey" "port" 6379 "user" 999
"path" "/data" "command" list "probe" list "scratch" list of paths) */}}
{{- define "watchword.store" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "watchword.metadata" . | nindent 2 }}
spec:
  clusterIP: None
  selector:
    {{- include "watchword.selector" . | nindent 4 }}
  ports:
    - {name: {{ .part }}, port: {{ .port }}, targetPort: {{ .part }}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  {{- include "watchword.metadata" . | nindent 2 }}
spec:
  serviceName: {{ include "watchword.fullname" .root }}-{{ .part }}
  replicas: 1
  selector:
    matchLabels:
      {{- include "watchword.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "watchword.labels" . | nindent 8 }}
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
        {{- include "watchword.podSecurity" .user | nindent 8 }}
      containers:
        - name: {{ .part }}
          image: {{ get .root.Values.bundled.images .part }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          command: {{ toJson .command }}
          ports:
            - {name: {{ .part }}, containerPort: {{ .port }}}
          startupProbe:
            exec:
              command: {{ toJson .probe }}
            periodSeconds: 3
            timeoutSeconds: 15
            failureThreshold: 60
          livenessProbe:
            tcpSocket: {port: {{ .part }}}
            periodSeconds: 20
          resources:
            requests: {cpu: 50m, memory: {{ .memory }}}
            limits: {memory: {{ .limit }}}
          securityContext:
            {{- include "watchword.containerSecurity" . | nindent 12 }}
          volumeMounts:
            - {name: data, mountPath: {{ .path }}}
            - {name: scratch, mountPath: /tmp}
      volumes:
        - name: scratch
          emptyDir: {sizeLimit: 64Mi}
        {{- if not .root.Values.bundled.persistence }}
        - name: data
          emptyDir: {}
        {{- end }}
  {{- if .root.Values.bundled.persistence }}
  volumeClaimTemplates:
    - apiVersion: v1
      kind: PersistentVolumeClaim
      metadata:
        name: data
      spec:
        accessModes: [ReadWriteOnce]
        {{- with .root.Values.bundled.storageClassName }}
        storageClassName: {{ . }}
        {{- end }}
        resources:
          requests:
            storage: {{ .root.Values.bundled.size }}
  {{- end }}
{{- with include "watchword.networkPolicy" . }}
---
{{ . }}
{{- end }}
{{- end -}}
