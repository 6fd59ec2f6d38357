{{- define "alicloud.target" -}}
{{- $v := .facts.values -}}
type: {{ .facts.target }}
{{- if eq .facts.target "Remote" }}
access:
  type: {{ $v.accessType | default "Kubeconfig" }}
  secretRef: {name: {{ $v.accessSecret | quote }}, key: {{ $v.accessKey | default "kubeconfig" | quote }}}
namespace: {{ $v.accountNamespace | default $v.targetNamespace | default .root.Release.Namespace | quote }}
{{- end }}
{{- if and (eq .facts.situation "ProjectedToken") (hasKey $v "kubeconfig") }}
{{- $cluster := get (include "alicloud.kubeconfig" (dict "text" $v.kubeconfig "key" .facts.keys.kubeconfig) | fromYaml) "cluster" }}
workloadEndpoint:
  server: {{ $cluster.server | quote }}
  {{- with get $cluster "certificate-authority-data" }}
  caBundle: {{ . | quote }}
  {{- end }}
  {{- with get $cluster "tls-server-name" }}
  tlsServerName: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "alicloud.credentials" -}}
{{- $v := .facts.values -}}
type: {{ .facts.situation }}
{{- if eq .facts.situation "ProjectedToken" }}
projectedToken:
  expirationSeconds: {{ $v.expirationSeconds | default 43200 | int64 }}
  {{- with $v.audience }}
  audience: {{ . | quote }}
  {{- end }}
{{- else if eq .facts.situation "ServiceAccountToken" }}
serviceAccountToken: {serviceAccountName: {{ $v.accountName | default .facts.name | quote }}}
{{- else if eq .facts.situation "ClientCertificate" }}
clientCertificate: {userName: {{ $v.userName | quote }}}
{{- else if eq .facts.situation "FederatedToken" }}
federatedToken:
  userName: {{ $v.userName | quote }}
  audience: {{ $v.audience | quote }}
  expirationSeconds: {{ $v.expirationSeconds | default 43200 | int64 }}
{{- else if eq .facts.situation "Provided" }}
provided: {secretRef: {name: {{ $v.genericSecret | default (printf "%s-provided" .facts.name) | quote }}, key: kubeconfig}}
{{- end }}
delivery: {env: GARDEN_KUBECONFIG{{ if eq .facts.situation "Provided" }}, reload: Restart{{ end }}}
{{- end -}}

{{/* A token that a Provided kubeconfig names as its tokenFile. */}}
{{- define "alicloud.tokenVolume" -}}
{{- $v := .facts.values -}}
{{- if and (eq .facts.situation "Provided") (or $v.projection (hasKey $v "tokenSecret")) }}
volumes:
- name: token
  projected:
    defaultMode: 0440
    sources:
    {{- if $v.projection }}
    - serviceAccountToken:
        path: token
        expirationSeconds: {{ $v.expirationSeconds | default 43200 | int64 }}
        {{- with $v.audience }}
        audience: {{ . | quote }}
        {{- end }}
    {{- else }}
    - secret: {name: {{ $v.tokenSecret | quote }}, items: [{key: token, path: token}]}
    {{- end }}
volumeMounts:
- {name: token, mountPath: {{ $v.mountPath | default "/var/run/secrets/projected/serviceaccount" | quote }}, readOnly: true}
{{- end }}
{{- end -}}

{{- define "alicloud.podTemplate" -}}
labels:
  networking.gardener.cloud/to-dns: allowed
  networking.gardener.cloud/to-runtime-apiserver: allowed
  networking.gardener.cloud/to-public-networks: allowed
  networking.resources.gardener.cloud/to-virtual-garden-kube-apiserver-tcp-443: allowed
{{- with .facts.values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- include "alicloud.tokenVolume" . }}
{{- end -}}

{{- define "alicloud.workload" -}}
{{- $v := .facts.values -}}
image: {{ .facts.image | quote }}
imagePullPolicy: {{ $v.pullPolicy | default "IfNotPresent" }}
replicas: {{ max 2 (int ($v.replicas | default 2)) }}
args:
- --webhook-config-server-port={{ $v.serverPort | default 10250 | int }}
- --webhook-config-cert-dir=/var/run/secrets/portcullis-tls
- --metrics-bind-address=:{{ $v.metricsPort | default 8080 | int }}
- --health-bind-address=:{{ $v.healthPort | default 8081 | int }}
ports:
  webhook: {{ $v.serverPort | default 10250 | int }}
  metrics: {{ $v.metricsPort | default 8080 | int }}
  health: {{ $v.healthPort | default 8081 | int }}
{{- with $v.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if $v.vpa }}
verticalPodAutoscaler:
  updateMode: {{ $v.updateMode | default "Recreate" | quote }}
  resourcePolicy:
    containerPolicies:
    - containerName: webhook
      controlledValues: RequestsOnly
      {{- with $v.minAllowed }}
      minAllowed:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end }}
podTemplate:
  {{- include "alicloud.podTemplate" . | nindent 2 }}
{{- end -}}

{{- define "alicloud.service" -}}
{{- $v := .facts.values -}}
annotations:
  networking.resources.gardener.cloud/from-all-webhook-targets-allowed-ports: {{ printf `[{"protocol":"TCP","port":%d}]` ($v.serverPort | default 10250 | int) | squote }}
{{- if $v.topologyAware }}
trafficDistribution: {{ ternary "PreferSameZone" "PreferClose" (semverCompare ">= 1.34-0" .root.Capabilities.KubeVersion.Version) }}
{{- end }}
{{- end -}}

{{- define "alicloud.permissions" -}}
{{- if eq .facts.situation "Provided" -}}
type: External
{{- else -}}
type: Inline
clusterRoleName: {{ .facts.name }}
{{- end }}
clusterRules:
{{ include "alicloud.rules" . }}
{{- end -}}

{{- define "alicloud.registration" -}}
metadata:
  name: {{ .facts.name }}
  labels: {remediation.webhook.shoot.gardener.cloud/exclude: "true"}
clientConfig:
  {{- if eq .facts.target "Runtime" }}
  type: Service
  {{- else }}
  type: URL
  url: {host: {{ .facts.values.webhookHost | default "DNS" | quote }}}
  {{- end }}
{{ include "alicloud.webhooks" . }}
{{- end -}}
