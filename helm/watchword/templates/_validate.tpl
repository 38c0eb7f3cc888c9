{{/* Refuses what can't work together and, in production, what isn't fit for it; every problem at once, the key first. */}}
{{- define "watchword.validate" -}}
{{- $v := .Values -}}
{{- $problems := list -}}
{{- $routed := or $v.ingress.enabled $v.httpRoute.enabled -}}
{{- $least := add $v.drain.preStop $v.drain.notice 20 -}}
{{- if lt (int $v.drain.grace) (int $least) -}}
{{- $problems = append $problems (printf "drain.grace: set at least %d, which is preStop, notice and the 20 s that requests under way may take" $least) -}}
{{- end -}}
{{- range $name, $other := dict "mongodb" "uri" "redis" "url" "smtp" "url" -}}
{{- $store := get $v $name -}}
{{- if and (get $store $other) $store.existingSecret -}}
{{- $problems = append $problems (printf "%s.%s: set either this or %s.existingSecret, not both" $name $other $name) -}}
{{- end -}}
{{- end -}}
{{- range $name, $part := dict "mongodb" "mongodb" "redis" "valkey" "smtp" "mailpit" -}}
{{- if and (get $v $name).ca.name (include "watchword.bundled" (dict "root" $ "part" $part)) -}}
{{- $problems = append $problems (printf "%s.ca.name: set %s.existingSecret too, or leave this empty; what comes with the chart speaks no TLS" $name $name) -}}
{{- end -}}
{{- end -}}
{{- if hasKey ($v.settings.dialectHosts | default dict) (urlParse (include "watchword.publicURL" .)).hostname -}}
{{- $problems = append $problems "settings.dialectHosts: name other hosts than that of settings.publicURL, which serves all APIs" -}}
{{- end -}}
{{- if and $v.settings.firstAdmin.username (not $v.settings.firstAdmin.existingSecret) -}}
{{- $problems = append $problems "settings.firstAdmin.existingSecret: set the Secret with the password of settings.firstAdmin.username" -}}
{{- end -}}
{{- if and (not $v.settings.firstAdmin.username) (or $v.settings.firstAdmin.existingSecret $v.settings.firstAdmin.email) -}}
{{- $problems = append $problems "settings.firstAdmin.username: set it too, or leave all of firstAdmin empty" -}}
{{- end -}}
{{- range $name := list "auth" "users" "mailer" -}}
{{- $scale := (get $v $name).autoscaling -}}
{{- if and $scale.enabled (lt (int $scale.maxReplicas) (int $scale.minReplicas)) -}}
{{- $problems = append $problems (printf "%s.autoscaling.maxReplicas: set at least %s.autoscaling.minReplicas" $name $name) -}}
{{- end -}}
{{- end -}}
{{- if and $v.httpRoute.enabled (not $v.httpRoute.parentRefs) -}}
{{- $problems = append $problems "httpRoute.parentRefs: name the Gateway that httpRoute attaches to" -}}
{{- end -}}
{{- if and (or $v.monitoring.serviceMonitor.enabled $v.monitoring.podMonitor.enabled) $v.networkPolicy.enabled (not $v.networkPolicy.metricsFrom) -}}
{{- $problems = append $problems "networkPolicy.metricsFrom: set Prometheus' namespace or pods, which may scrape nothing otherwise" -}}
{{- end -}}
{{- if and $v.monitoring.serviceMonitor.enabled $v.monitoring.podMonitor.enabled -}}
{{- $problems = append $problems "monitoring.podMonitor.enabled: set either this or monitoring.serviceMonitor.enabled; both would count everything twice" -}}
{{- end -}}
{{- if eq $v.mode "production" -}}
{{- range $name, $key := dict "mongodb" "uri" "redis" "url" "smtp" "url" -}}
{{- $store := get $v $name -}}
{{- if not (or (get $store $key) $store.existingSecret) -}}
{{- $problems = append $problems (printf "%s.existingSecret: set the Secret with the address (or %s.%s); nothing is bundled in production" $name $name $key) -}}
{{- end -}}
{{- end -}}
{{- if not (or $v.keys.existingSecret $v.keys.seed) -}}
{{- $problems = append $problems "keys.existingSecret: set the Secret with the key rings (or keys.seed); no keys are minted in production" -}}
{{- end -}}
{{- if not (or $v.keys.signing.existingSecret $v.keys.seed) -}}
{{- $problems = append $problems "keys.signing.existingSecret: set the Secret with the signing keys (or keys.seed); no keys are minted in production" -}}
{{- end -}}
{{- if not (hasPrefix "https://" $v.settings.publicURL) -}}
{{- $problems = append $problems "settings.publicURL: set the https URL where clients reach the suite" -}}
{{- end -}}
{{- if not $v.settings.mailFrom -}}
{{- $problems = append $problems "settings.mailFrom: set the sender of mails, such as Watchword <no-reply@example.com>" -}}
{{- end -}}
{{- if eq $v.image.tag "latest" -}}
{{- $problems = append $problems "image.tag: set a version; latest is another one tomorrow" -}}
{{- end -}}
{{- range $name := list "auth" "users" "mailer" -}}
{{- if not (get $v $name).image.digest -}}
{{- $problems = append $problems (printf "%s.image.digest: set the image's digest, sha256:…" $name) -}}
{{- end -}}
{{- if lt (include "watchword.replicas" (dict "root" $ "part" $name) | int) 2 -}}
{{- $problems = append $problems (printf "%s.%s: set at least 2" $name ((get $v $name).autoscaling.enabled | ternary "autoscaling.minReplicas" "replicas")) -}}
{{- end -}}
{{- end -}}
{{- if and $routed (not $v.settings.trustedProxies) -}}
{{- $problems = append $problems "settings.trustedProxies: set the networks of the ingress, else all clients count as one address" -}}
{{- end -}}
{{- end -}}
{{- if $problems -}}
{{- fail (printf "\n\n%s\n" (join "\n" (sortAlpha $problems))) -}}
{{- end -}}
{{- end -}}
