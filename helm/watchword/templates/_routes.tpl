{{/* Where paths lead, as every gateway in front of the suite has it; "exact" is that path alone, else all below it too. */}}
{{- define "watchword.routes" -}}
- {path: /users/login, exact: true, to: auth}
- {path: /users/otp/login, exact: true, to: auth}
- {path: /users/auth, to: auth}
- {path: /account, to: auth}
- {path: /sign, to: auth}
- {path: /auth, to: auth}
- {path: /api/auth, to: auth}
- {path: /.well-known, to: auth}
- {path: /csrf-token, exact: true, to: auth}
- {path: /verify, to: auth}
- {path: /reset, to: auth}
- {path: /openapi, to: auth}
- {path: /docs, to: auth}
- {path: /users, to: users}
- {path: /user, to: users}
{{- end -}}
