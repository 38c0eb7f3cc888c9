{{/* The beginning of every object's name; short enough for the longest ending. */}}
{{- define "watchword.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) | trunc 48 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels by which a part's pods are found. They never change, as a Deployment's selector can't. (dict "root" $ "part" "auth") */}}
{{- define "watchword.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end -}}

{{- define "watchword.labels" -}}
{{ include "watchword.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: watchword
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The metadata of a part's object. */}}
{{- define "watchword.metadata" -}}
name: {{ include "watchword.fullname" .root }}-{{ .part }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "watchword.labels" . | nindent 2 }}
{{- end -}}

{{/* (dict "root" $ "image" .Values.auth.image) */}}
{{- define "watchword.image" -}}
{{- $name := .image.repository -}}
{{- with .root.Values.image.registry -}}{{- $name = printf "%s/%s" (trimSuffix "/" .) $name -}}{{- end -}}
{{- $name -}}:{{- .root.Values.image.tag | default .root.Chart.AppVersion -}}
{{- with .image.digest -}}@{{ . }}{{- end -}}
{{- end -}}

{{- define "watchword.serviceAccount" -}}
{{- $account := (index .root.Values .part).serviceAccount -}}
{{- if $account.create -}}
{{- $account.name | default (printf "%s-%s" (include "watchword.fullname" .root) .part) -}}
{{- else -}}
{{- $account.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/* Pods of a service that there are at the least. */}}
{{- define "watchword.replicas" -}}
{{- $service := index .root.Values .part -}}
{{- if $service.autoscaling.enabled -}}
{{- $service.autoscaling.minReplicas | int -}}
{{- else if kindIs "invalid" $service.replicas -}}
{{- eq .root.Values.mode "production" | ternary 3 1 -}}
{{- else -}}
{{- $service.replicas | int -}}
{{- end -}}
{{- end -}}

{{/* What comes with the chart: "true" where nothing of its kind is given in evaluation. */}}
{{- define "watchword.bundled" -}}
{{- $v := .root.Values -}}
{{- $given := dict
  "mongodb" (or $v.mongodb.uri $v.mongodb.existingSecret)
  "valkey" (or $v.redis.url $v.redis.existingSecret)
  "mailpit" (or $v.smtp.url $v.smtp.existingSecret)
  "gateway" (or $v.ingress.enabled $v.httpRoute.enabled) -}}
{{- if and (eq $v.mode "evaluation") (not (get $given .part)) -}}true{{- end -}}
{{- end -}}

{{- define "watchword.publicURL" -}}
{{- .Values.settings.publicURL | default (eq .Values.mode "evaluation" | ternary "http://localhost:8080" "") -}}
{{- end -}}

{{/* Hosts of the ingress and the HTTPRoute, as a JSON list: those given, else the public URL's and the dialects'. */}}
{{- define "watchword.hosts" -}}
{{- $hosts := .hosts -}}
{{- if not $hosts -}}
{{- $public := (urlParse (include "watchword.publicURL" .root)).hostname -}}
{{- $hosts = concat (list $public) (keys (.root.Values.settings.dialectHosts | default dict) | sortAlpha) | compact | uniq -}}
{{- end -}}
{{- toJson $hosts -}}
{{- end -}}

{{- define "watchword.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "watchword.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* "true" where `helm test` has a gateway and an inbox to make its journey through. */}}
{{- define "watchword.tested" -}}
{{- $gateway := or .Values.test.gatewayURL (include "watchword.bundled" (dict "root" . "part" "gateway")) -}}
{{- $inbox := or .Values.test.inboxURL (include "watchword.bundled" (dict "root" . "part" "mailpit")) -}}
{{- if and $gateway $inbox -}}true{{- end -}}
{{- end -}}
