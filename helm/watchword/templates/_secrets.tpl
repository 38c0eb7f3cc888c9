{{/* The key rings that each service reads. */}}
{{- define "watchword.rings" -}}
auth: [service.keys, csrf.keys, limit.key, refresh.keys]
users: [service.keys, csrf.keys, limit.key, seal.keys, pepper.keys]
mailer: [service.keys]
{{- end -}}

{{- define "watchword.keysSecret" -}}
{{- .Values.keys.existingSecret | default (printf "%s-keys" (include "watchword.fullname" .)) -}}
{{- end -}}

{{- define "watchword.signingSecret" -}}
{{- .Values.keys.signing.existingSecret | default (printf "%s-signing" (include "watchword.fullname" .)) -}}
{{- end -}}

{{- define "watchword.storesSecret" -}}
{{- include "watchword.fullname" . }}-stores
{{- end -}}

{{/* The stores' addresses that no existing Secret holds, as a map of the Secret's data in the clear. */}}
{{- define "watchword.addresses" -}}
{{- $name := include "watchword.fullname" . -}}
{{- $out := dict -}}
{{- if not .Values.mongodb.existingSecret -}}
{{- $_ := set $out "mongodb-uri" (.Values.mongodb.uri | default (printf "mongodb://%s-mongodb:27017/?directConnection=true" $name)) -}}
{{- end -}}
{{- if not .Values.redis.existingSecret -}}
{{- $_ := set $out "redis-url" (.Values.redis.url | default (printf "redis://%s-valkey:6379/0" $name)) -}}
{{- end -}}
{{- if not .Values.smtp.existingSecret -}}
{{- $_ := set $out "smtp-url" (.Values.smtp.url | default (printf "smtp://%s-mailpit:1025?starttls=disabled" $name)) -}}
{{- end -}}
{{- toYaml $out -}}
{{- end -}}

{{/* Base64 of bytes given as hex digits: 3 digits make 2 letters; one digit may be left over at the end, as of 32 bytes. */}}
{{- define "watchword.base64OfHex" -}}
{{- $letters := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" -}}
{{- $hex := . -}}
{{- range $i := until (div (len $hex) 3 | int) -}}
{{- $n := printf "0x%s" (substr (mul $i 3 | int) (mul (add1 $i) 3 | int) $hex) | int -}}
{{- $high := div $n 64 | int -}}{{- $low := mod $n 64 | int -}}
{{- substr $high (add1 $high | int) $letters -}}{{- substr $low (add1 $low | int) $letters -}}
{{- end -}}
{{- if eq (mod (len $hex) 3) 1 -}}
{{- $last := mul 4 (printf "0x%s" (substr (sub (len $hex) 1 | int) (len $hex) $hex) | int) | int -}}
{{- substr $last (add1 $last | int) $letters -}}=
{{- end -}}
{{- end -}}

{{/* 32 bytes that follow from the seed and a purpose, as hex digits. (dict "seed" … "purpose" …) */}}
{{- define "watchword.derive" -}}
{{- printf "watchword/%s/%s" .purpose (sha256sum .seed) | sha256sum -}}
{{- end -}}

{{/* A private key on P-256 (RFC 5915, without the public half) that follows from the seed. Its first digit is 0, so that
it is below the curve's order. */}}
{{- define "watchword.derivedSigningKey" -}}
{{- $scalar := printf "0%s" (include "watchword.derive" . | trunc 63) -}}
-----BEGIN EC PRIVATE KEY-----
{{ include "watchword.base64OfHex" (printf "30310201010420%sa00a06082a8648ce3d030107" $scalar) }}
-----END EC PRIVATE KEY-----
{{ end -}}

{{/* The live Secret's data, or nothing. (dict "root" $ "name" …) */}}
{{- define "watchword.live" -}}
{{- with lookup "v1" "Secret" .root.Release.Namespace .name -}}{{- .data | default dict | toYaml -}}{{- end -}}
{{- end -}}

{{/* Data of a Secret of keys: what lives, else (made from the seed or minted) "fresh"; never other keys than those that
live, and none anew in an upgrade. "rotates": its items come and go, so what lives is taken whole.
(dict "root" $ "name" … "value" "keys.existingSecret" "rotates" false "derived" map "minted" map) */}}
{{- define "watchword.keyData" -}}
{{- $live := include "watchword.live" . | fromYaml -}}
{{- $key := .value -}}{{- $name := .name -}}
{{- range $item, $data := .derived -}}
{{- if and $live (not $.rotates) (ne (get $live $item) $data) -}}
{{- fail (printf "keys.seed: gives another %s than the Secret %s, and what is sealed could not be read; leave it empty" $item $name) -}}
{{- end -}}
{{- end -}}
{{- if $live -}}
{{- range $item, $_ := .minted -}}
{{- if and (not $.rotates) (not (hasKey $live $item)) -}}
{{- fail (printf "%s: the Secret %s lacks %s; restore it, or set %s to a Secret that has it" $key $name $item $key) -}}
{{- end -}}
{{- end -}}
{{- toYaml $live -}}
{{- else if .derived -}}
{{- toYaml .derived -}}
{{- else if .root.Release.IsUpgrade -}}
{{- fail (printf "%s: the Secret %s is gone, and new keys would lock everyone out; restore it, or set %s to a Secret with the keys" $key $name $key) -}}
{{- else -}}
{{- toYaml .minted -}}
{{- end -}}
{{- end -}}
