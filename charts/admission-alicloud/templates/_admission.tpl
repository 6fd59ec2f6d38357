{{/* What the webhook reads in the target. It registers nothing itself, and so needs no right to. */}}
{{- define "alicloud.rules" -}}
- {apiGroups: [core.gardener.cloud], resources: [cloudprofiles, namespacedcloudprofiles, secretbindings], verbs: [get, list, watch]}
- {apiGroups: [security.gardener.cloud], resources: [credentialsbindings], verbs: [get, list, watch]}
- {apiGroups: [""], resources: [secrets], verbs: [get]}
- {apiGroups: [""], resources: [namespaces], verbs: [get, list, watch]}
{{- end -}}

{{- define "alicloud.webhooks" -}}
validating:
- name: secrets.validator.admission-alicloud.extensions.gardener.cloud
  path: /webhooks/validate/secrets
  rules:
  - {operations: [CREATE, UPDATE], apiGroups: [""], apiVersions: [v1], resources: [secrets]}
  objectSelector: {matchLabels: {provider.shoot.gardener.cloud/alicloud: "true"}}
  {{- include "alicloud.common" . | nindent 2 }}
- name: validator.admission-alicloud.extensions.gardener.cloud
  path: /webhooks/validate
  rules:
  - operations: [CREATE, UPDATE]
    apiGroups: [core.gardener.cloud]
    apiVersions: ["*"]
    resources: [backupbuckets, cloudprofiles, namespacedcloudprofiles, secretbindings, seeds, shoots]
  - {operations: [CREATE, UPDATE], apiGroups: [security.gardener.cloud], apiVersions: ["*"], resources: [credentialsbindings]}
  objectSelector: {matchLabels: {provider.extensions.gardener.cloud/alicloud: "true"}}
  {{- include "alicloud.common" . | nindent 2 }}
mutating:
- name: shoots.mutator.admission-alicloud.extensions.gardener.cloud
  path: /webhooks/mutate
  rules:
  - operations: [CREATE, UPDATE]
    apiGroups: [core.gardener.cloud]
    apiVersions: [v1beta1]
    resources: [cloudprofiles, namespacedcloudprofiles, namespacedcloudprofiles/status, shoots]
  objectSelector: {matchLabels: {provider.extensions.gardener.cloud/alicloud: "true"}}
  {{- include "alicloud.common" . | nindent 2 }}
{{- end -}}

{{- define "alicloud.common" -}}
matchPolicy: Exact
failurePolicy: Fail
sideEffects: None
timeoutSeconds: 10
admissionReviewVersions: [v1, v1beta1]
{{- end -}}
