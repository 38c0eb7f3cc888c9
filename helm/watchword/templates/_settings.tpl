{{/* Plain settings of a service, as the data of its ConfigMap. Empty ones are left out: the service has its defaults. */}}
{{- define "watchword.settings" -}}
{{- $s := .root.Values.settings -}}
{{- $url := dict -}}
{{- range list "auth" "users" "mailer" -}}
{{- $_ := set $url . (printf "http://%s-%s:9090" (include "watchword.fullname" $.root) .) -}}
{{- end -}}
{{- $hosts := list -}}
{{- range $host, $dialect := $s.dialectHosts -}}{{- $hosts = append $hosts (printf "%s=%s" $host $dialect) -}}{{- end -}}
{{- $common := dict
  "WATCHWORD_INTERNAL_ADDR" ":9090"
  "WATCHWORD_LOG_LEVEL" $s.logLevel
  "WATCHWORD_DRAIN_NOTICE" (printf "%ds" (int .root.Values.drain.notice))
  "WATCHWORD_PROFILES" $s.profiles
  "OTEL_EXPORTER_OTLP_ENDPOINT" $s.otlp.endpoint
  "OTEL_EXPORTER_OTLP_PROTOCOL" $s.otlp.protocol -}}
{{- $public := dict
  "WATCHWORD_PUBLIC_ADDR" ":8080"
  "WATCHWORD_PUBLIC_URL" (include "watchword.publicURL" .root)
  "WATCHWORD_VERIFY_URL" $s.verifyURL
  "WATCHWORD_ORIGINS" (join "," $s.origins)
  "WATCHWORD_TRUSTED_PROXIES" (join "," $s.trustedProxies)
  "WATCHWORD_MAILER_URL" $url.mailer
  "WATCHWORD_DIALECTS" (join "," $s.dialects)
  "WATCHWORD_DIALECT_HOSTS" (join "," $hosts)
  "WATCHWORD_CONCEAL_ACCOUNTS" $s.concealAccounts
  "WATCHWORD_PASSWORD_MIN" $s.passwordMin
  "WATCHWORD_LIMIT_SCALE" $s.limitScale -}}
{{- $own := dict
  "auth" (dict
    "WATCHWORD_USERS_URL" $url.users
    "WATCHWORD_RESET_URL" $s.resetURL
    "WATCHWORD_CODE_SIGNIN" $s.codeSignIn)
  "users" (dict
    "WATCHWORD_AUTH_URL" $url.auth
    "WATCHWORD_MONGODB_DATABASE" .root.Values.mongodb.databases.users
    "WATCHWORD_MONGODB_STABLE_API" .root.Values.mongodb.stableAPI
    "WATCHWORD_DIRECTORY" $s.directory
    "WATCHWORD_DEMO" $s.demo
    "WATCHWORD_REGISTRATION" $s.registration
    "WATCHWORD_RETENTION" $s.retention
    "WATCHWORD_TOTP_ISSUER" $s.totpIssuer
    "WATCHWORD_HASH_MEMORY" $s.hash.memory
    "WATCHWORD_HASH_TIME" $s.hash.time
    "WATCHWORD_HASH_THREADS" $s.hash.threads
    "WATCHWORD_HASH_SLOTS" $s.hash.slots
    "WATCHWORD_HASH_BUDGET" $s.hash.budget
    "WATCHWORD_ADMIN_USERNAME" $s.firstAdmin.username
    "WATCHWORD_ADMIN_EMAIL" $s.firstAdmin.email)
  "mailer" (dict
    "WATCHWORD_MONGODB_DATABASE" .root.Values.mongodb.databases.mailer
    "WATCHWORD_MONGODB_STABLE_API" .root.Values.mongodb.stableAPI
    "WATCHWORD_MAIL_FROM" ($s.mailFrom | default (eq .root.Values.mode "evaluation" | ternary "Watchword <no-reply@example.com>" ""))
    "WATCHWORD_LOCALE" $s.locale
    "WATCHWORD_MAIL_WORKERS" $s.mailWorkers) -}}
{{- $all := merge (get $own .part) $common -}}
{{- if ne .part "mailer" -}}{{- $all = merge $all $public -}}{{- end -}}
{{- range $name, $value := $all }}
{{- if and (not (kindIs "invalid" $value)) (ne (toString $value) "") }}
{{ $name }}: {{ include "watchword.text" $value | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* A value as text; whole numbers without an exponent. */}}
{{- define "watchword.text" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) -}}{{- int64 . -}}{{- else -}}{{- . -}}{{- end -}}
{{- end -}}

{{/* The files of a service's volume "secrets": the variable that names each, its Secret or ConfigMap, key and path. */}}
{{- define "watchword.secretFiles" -}}
{{- $v := .root.Values -}}
{{- $files := list -}}
{{- range get (dict "auth" (list "redis") "users" (list "redis" "mongodb") "mailer" (list "mongodb" "smtp")) .part -}}
{{- $store := get $v . -}}
{{- $word := eq . "mongodb" | ternary "uri" "url" -}}
{{- $path := printf "%s-%s" . $word -}}
{{- $file := dict "variable" (printf "WATCHWORD_%s_%s_FILE" (upper .) (upper $word)) "path" $path -}}
{{- if $store.existingSecret -}}
{{- $key := eq . "mongodb" | ternary (get $v.mongodb.existingSecretKeys $.part) $store.existingSecretKey -}}
{{- $file = merge $file (dict "secret" $store.existingSecret "key" $key) -}}
{{- else -}}
{{- $file = merge $file (dict "secret" (include "watchword.storesSecret" $.root) "key" $path) -}}
{{- end -}}
{{- $files = append $files $file -}}
{{- if $store.ca.name -}}
{{- $ca := dict "variable" (printf "WATCHWORD_%s_CA_FILE" (upper .)) "path" (printf "%s-ca.crt" .) "key" $store.ca.key -}}
{{- $files = append $files (set $ca (lower $store.ca.kind) $store.ca.name) -}}
{{- end -}}
{{- end -}}
{{- with $v.settings.firstAdmin -}}
{{- if and .existingSecret (eq $.part "users") -}}
{{- $files = append $files (dict "variable" "WATCHWORD_ADMIN_PASSWORD_FILE" "secret" .existingSecret "key" .existingSecretKey "path" "admin-password") -}}
{{- end -}}
{{- end -}}
{{- range get (include "watchword.rings" . | fromYaml) .part -}}
{{- $variable := printf "WATCHWORD_%s_FILE" (. | replace "." "_" | upper) -}}
{{- $files = append $files (dict "variable" $variable "secret" (include "watchword.keysSecret" $.root) "key" . "path" .) -}}
{{- end -}}
{{- toYaml $files -}}
{{- end -}}
