{{/* Who calls whom. Nothing else may, in either direction: both ends' policies are made from this one list. A name is a
part of the chart or, with a port of 0, something outside it, whose peers and ports are values. */}}
{{- define "watchword.flows" -}}
{{- $has := dict -}}
{{- range list "mongodb" "valkey" "mailpit" "gateway" -}}
{{- $_ := set $has . (eq (include "watchword.bundled" (dict "root" $ "part" .)) "true") -}}
{{- end -}}
{{- if $has.gateway }}
- {from: public, to: gateway, port: 8080}
- {from: gateway, to: auth, port: 8080}
- {from: gateway, to: users, port: 8080}
{{- else }}
- {from: public, to: auth, port: 8080}
- {from: public, to: users, port: 8080}
{{- end }}
- {from: auth, to: users, port: 9090}
- {from: auth, to: mailer, port: 9090}
- {from: users, to: auth, port: 9090}
- {from: users, to: mailer, port: 9090}
{{- range list "auth" "users" }}
- {from: {{ . }}, to: {{ $has.valkey | ternary "valkey, port: 6379" "outside redis, port: 0" }}}
{{- end }}
{{- range list "users" "mailer" }}
- {from: {{ . }}, to: {{ $has.mongodb | ternary "mongodb, port: 27017" "outside mongodb, port: 0" }}}
{{- end }}
- {from: mailer, to: {{ $has.mailpit | ternary "mailpit, port: 1025" "outside smtp, port: 0" }}}
{{- range list "auth" "users" "mailer" }}
- {from: {{ . }}, to: outside dns, port: 0}
{{- if $.Values.settings.otlp.endpoint }}
- {from: {{ . }}, to: outside otlp, port: 0}
{{- end }}
{{- if $.Values.networkPolicy.metricsFrom }}
- {from: metrics, to: {{ . }}, port: 9090}
{{- end }}
{{- end }}
{{- if $has.gateway }}
- {from: gateway, to: outside dns, port: 0}
{{- end }}
{{- if include "watchword.tested" . }}
- {from: test, to: outside dns, port: 0}
{{- if .Values.test.gatewayURL }}
- {from: test, to: anywhere, port: 0}
{{- else }}
- {from: test, to: gateway, port: 8080}
{{- end }}
{{- if .Values.test.inboxURL }}
- {from: test, to: anywhere, port: 0}
{{- else }}
- {from: test, to: mailpit, port: 8025}
{{- end }}
{{- end }}
{{- end -}}

{{/* The NetworkPolicy of a part. (dict "root" $ "part" "auth") */}}
{{- define "watchword.networkPolicy" -}}
{{- if .root.Values.networkPolicy.enabled -}}
{{- $part := .part -}}{{- $root := .root -}}{{- $policy := .root.Values.networkPolicy -}}
{{- $in := list -}}{{- $out := list -}}
{{- range include "watchword.flows" .root | fromYamlArray -}}
{{- if eq .to $part -}}
{{- $rule := dict "ports" (list (dict "protocol" "TCP" "port" (int .port))) -}}
{{- if eq .from "public" -}}
{{- with $policy.publicFrom -}}{{- $_ := set $rule "from" . -}}{{- end -}}
{{- else if eq .from "metrics" -}}
{{- $_ := set $rule "from" $policy.metricsFrom -}}
{{- else -}}
{{- $_ := set $rule "from" (include "watchword.peers" (dict "root" $root "part" .from) | fromYamlArray) -}}
{{- end -}}
{{- $in = append $in $rule -}}
{{- end -}}
{{- if eq .from $part -}}
{{- $rule := dict -}}
{{- if hasPrefix "outside " .to -}}
{{- $name := trimPrefix "outside " .to -}}
{{- $ports := list -}}
{{- range (eq $name "dns" | ternary (list 53) (get $policy $name).ports) -}}
{{- $ports = append $ports (dict "protocol" "TCP" "port" (int .)) -}}
{{- end -}}
{{- if eq $name "dns" -}}{{- $ports = append $ports (dict "protocol" "UDP" "port" 53) -}}{{- end -}}
{{- $_ := set $rule "ports" $ports -}}
{{- with (get $policy $name).to -}}{{- $_ := set $rule "to" . -}}{{- end -}}
{{- else if ne .to "anywhere" -}}
{{- $_ := set $rule "ports" (list (dict "protocol" "TCP" "port" (int .port))) -}}
{{- $_ := set $rule "to" (include "watchword.peers" (dict "root" $root "part" .to) | fromYamlArray) -}}
{{- end -}}
{{- $out = append $out $rule -}}
{{- end -}}
{{- end -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "watchword.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "watchword.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress: {{- $in | toYaml | nindent 4 }}
  egress: {{- $out | toYaml | nindent 4 }}
{{- end -}}
{{- end -}}

{{- define "watchword.peers" -}}
- podSelector:
    matchLabels:
      {{- include "watchword.selector" . | nindent 6 }}
{{- end -}}
