{{/* A webhook configuration's entries, with the address that the target's API server calls. */}}
{{- define "alicloud.entries" -}}
{{- range .entries }}
{{ list (merge (dict "clientConfig" (dict "url" (printf "https://%s%s" $.host .path) "caBundle" ($.caBundle | b64enc))) (omit . "path")) | toYaml }}
{{- end }}
{{- end -}}

{{- define "alicloud.subject" -}}
{{- $v := .facts.values -}}
{{- if hasKey $v "userName" -}}
{apiGroup: rbac.authorization.k8s.io, kind: User, name: {{ $v.userName | quote }}}
{{- else -}}
{kind: ServiceAccount, name: {{ $v.accountName | default .facts.name | quote }}, namespace: {{ $v.accountNamespace | default .root.Release.Namespace | quote }}}
{{- end -}}
{{- end -}}

{{/* For kubectl apply by a person in a target that nothing is written to. */}}
{{- define "alicloud.objects" -}}
{{- $v := .facts.values -}}
{{- if and (eq .facts.target "Unmanaged") (not (or (hasKey $v "userName") (hasKey $v "accountName"))) }}
apiVersion: v1
kind: ServiceAccount
metadata: {name: {{ .facts.name }}, namespace: {{ .root.Release.Namespace | quote }}}
---
{{- end }}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: {{ .facts.name }}}
rules:
{{ include "alicloud.rules" . }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: {{ .facts.name }}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{ .facts.name }}}
subjects:
- {{ include "alicloud.subject" . }}
{{- if eq .facts.target "Unmanaged" }}
{{- $webhooks := include "alicloud.webhooks" . | fromYaml }}
{{- $host := $v.webhookHost | default "DNS" }}
{{- if eq $host "DNS" }}{{ $host = printf "%s.%s" .facts.name .root.Release.Namespace }}{{ end }}
{{- range $kind, $entries := dict "Validating" $webhooks.validating "Mutating" $webhooks.mutating }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: {{ $kind }}WebhookConfiguration
metadata:
  name: {{ $.facts.name }}
  labels: {remediation.webhook.shoot.gardener.cloud/exclude: "true"}
webhooks:
{{- include "alicloud.entries" (dict "entries" $entries "host" $host "caBundle" $v.caBundle) }}
{{- end }}
{{- end }}
{{- end -}}
