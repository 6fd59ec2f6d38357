{{/* What can be given, and where: the place of today first, that of old next. */}}
{{- define "alicloud.keys" -}}
virtual: [gardener.virtualCluster.enabled, global.virtualGarden.enabled]
userName: [global.virtualGarden.user.name]
targetNamespace: [gardener.virtualCluster.namespace]
accountName: [gardener.virtualCluster.serviceAccount.name]
accountNamespace: [gardener.virtualCluster.serviceAccount.namespace]
priorityClassName: [gardener.runtimeCluster.priorityClassName]
accessType: [target.access.type]
accessSecret: [target.access.secretRef.name]
accessKey: [target.access.secretRef.key]
webhookHost: [target.webhookHost]
nameOverride: [nameOverride]
repository: [image.repository, global.image.repository]
tag: [image.tag, global.image.tag]
pullPolicy: [image.pullPolicy, global.image.pullPolicy]
replicas: [replicaCount, global.replicaCount]
resources: [resources, global.resources]
metricsPort: [metricsPort, global.metricsPort]
healthPort: [healthPort, global.healthPort]
serverPort: [webhookConfig.serverPort, global.webhookConfig.serverPort]
caBundle: [webhookConfig.caBundle, global.webhookConfig.caBundle]
certificate: [webhookConfig.tls.crt, global.webhookConfig.tls.crt]
privateKey: [webhookConfig.tls.key, global.webhookConfig.tls.key]
useObjectSelector: [global.webhookConfig.useObjectSelector]
vpa: [vpa.enabled, global.vpa.enabled]
updateMode: [vpa.updatePolicy.updateMode, global.vpa.updatePolicy.updateMode]
minAllowed: [vpa.resourcePolicy.minAllowed, global.vpa.resourcePolicy.minAllowed]
topologyAware: [service.topologyAwareRouting.enabled, global.service.topologyAwareRouting.enabled]
kubeconfig: [kubeconfig, global.kubeconfig]
mountPath: [projectedKubeconfig.baseMountPath, global.projectedKubeconfig.baseMountPath]
genericSecret: [projectedKubeconfig.genericKubeconfigSecretName, global.projectedKubeconfig.genericKubeconfigSecretName]
tokenSecret: [projectedKubeconfig.tokenSecretName, global.projectedKubeconfig.tokenSecretName]
projection: [global.serviceAccountTokenVolumeProjection.enabled]
expirationSeconds: [global.serviceAccountTokenVolumeProjection.expirationSeconds]
audience: [global.serviceAccountTokenVolumeProjection.audience]
{{- end -}}

{{/* {value: what `in` has at the dotted `path`}; "" or null where there is nothing. */}}
{{- define "alicloud.lookup" -}}
{{- $at := .in -}}
{{- range splitList "." .path -}}
  {{- if kindIs "map" $at -}}{{- $at = get $at . -}}{{- else -}}{{- $at = "" -}}{{- end -}}
{{- end -}}
{{- toYaml (dict "value" $at) -}}
{{- end -}}

{{/* {values: {name: value}, keys: {name: the key that gave it}}, of what is given. The same thing said twice must be said alike. */}}
{{- define "alicloud.given" -}}
{{- $values := dict -}}
{{- $keys := dict -}}
{{- range $name, $paths := include "alicloud.keys" . | fromYaml -}}
  {{- $_ := set $keys $name (first $paths) -}}
  {{- range $path := $paths -}}
    {{- $value := get (include "alicloud.lookup" (dict "in" $.Values "path" $path) | fromYaml) "value" -}}
    {{- $empty := or (kindIs "invalid" $value) (and (kindIs "string" $value) (not $value)) (and (kindIs "map" $value) (not $value)) -}}
    {{- if and (not $empty) (hasKey $values $name) (ne (toJson $value) (toJson (get $values $name))) -}}
      {{- fail (printf "%s and %s contradict each other: give one of them" (get $keys $name) $path) -}}
    {{- else if and (not $empty) (not (hasKey $values $name)) -}}
      {{- $_ := set $values $name $value -}}
      {{- $_ := set $keys $name $path -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- if not (hasKey $values "virtual") -}}{{- $_ := set $values "virtual" true -}}{{- end -}}
{{- toYaml (dict "values" $values "keys" $keys) -}}
{{- end -}}

{{/* What the kubeconfig's current context (or the only one) leads to: {cluster, user}. */}}
{{- define "alicloud.kubeconfig" -}}
{{- $config := fromYaml .text -}}
{{- if or (hasKey $config "Error") (not (kindIs "slice" $config.clusters)) (not (kindIs "slice" $config.users)) -}}
  {{- fail (printf "%s: is no kubeconfig" .key) -}}
{{- end -}}
{{- $names := dict -}}
{{- range $config.contexts -}}
  {{- if or (eq .name (get $config "current-context")) (and (not (get $config "current-context")) (not $names)) -}}{{- $names = .context -}}{{- end -}}
{{- end -}}
{{- $found := dict -}}
{{- range $config.clusters -}}{{- if or (not $names) (eq .name $names.cluster) -}}{{- $_ := set $found "cluster" .cluster -}}{{- end -}}{{- end -}}
{{- range $config.users -}}{{- if or (not $names) (eq .name $names.user) -}}{{- $_ := set $found "user" .user -}}{{- end -}}{{- end -}}
{{- if not (and $found.cluster $found.user) -}}{{- fail (printf "%s: its current context leads to no cluster or no user" .key) -}}{{- end -}}
{{- if get $found.cluster "insecure-skip-tls-verify" -}}{{- fail (printf "%s: insecure-skip-tls-verify is refused" .key) -}}{{- end -}}
{{- toYaml $found -}}
{{- end -}}

{{/* Contradictions, by the names of the keys that make them. */}}
{{- define "alicloud.check" -}}
{{- $v := .values -}}{{- $k := .keys -}}
{{- $secret := hasKey $v "accessSecret" -}}
{{- $virtual := $v.virtual -}}
{{- $projected := or (hasKey $v "mountPath") (hasKey $v "genericSecret") (hasKey $v "tokenSecret") -}}
{{- $byHand := or $projected (hasKey $v "kubeconfig") -}}
{{- if and $projected (hasKey $v "kubeconfig") -}}{{- fail (printf "%s and projectedKubeconfig contradict each other: give one of them" $k.kubeconfig) -}}{{- end -}}
{{- if $projected -}}
  {{- range list "mountPath" "genericSecret" "tokenSecret" -}}
    {{- if not (hasKey $v .) -}}{{- fail (printf "%s: is required beside the other keys of projectedKubeconfig" (get $k .)) -}}{{- end -}}
  {{- end -}}
  {{- if $v.projection -}}{{- fail (printf "%s and projectedKubeconfig contradict each other: both bring a token" $k.projection) -}}{{- end -}}
{{- end -}}
{{- if not $virtual -}}
  {{- range list "accessSecret" "accessType" "accessKey" "webhookHost" "userName" "targetNamespace" "accountName" "accountNamespace" -}}
    {{- if hasKey $v . -}}{{- fail (printf "%s: needs %s true: it is about another cluster than this one" (get $k .) $k.virtual) -}}{{- end -}}
  {{- end -}}
{{- else if and (not $secret) (not $byHand) -}}
  {{- fail (printf "target.access.secretRef.name: is required: the operator needs a way into the target. (Or give the webhook's own kubeconfig, or %s false where this cluster is the target)" $k.virtual) -}}
{{- end -}}
{{- range list "accessType" "accessKey" -}}
  {{- if and (hasKey $v .) (not $secret) -}}{{- fail (printf "%s: needs target.access.secretRef.name" (get $k .)) -}}{{- end -}}
{{- end -}}
{{- if and $virtual (not $secret) (hasKey $v "webhookHost") (eq $v.webhookHost "ClusterIP") -}}
  {{- fail "target.webhookHost: ClusterIP needs target.access.secretRef.name" -}}
{{- end -}}
{{- if and $virtual $v.projection (not (hasKey $v "userName")) -}}
  {{- fail (printf "%s: in another cluster needs global.virtualGarden.user.name, the user that it takes the token for" $k.projection) -}}
{{- end -}}
{{- if and $virtual $secret $v.projection (not (hasKey $v "audience")) -}}
  {{- fail "global.serviceAccountTokenVolumeProjection.audience: is required where another cluster takes the token" -}}
{{- end -}}
{{- if hasPrefix "system:" ($v.userName | default "") -}}{{- fail (printf "%s: must not begin with system:" $k.userName) -}}{{- end -}}
{{- if and (hasKey $v "userName") (hasKey $v "accountName") -}}
  {{- fail (printf "%s and %s contradict each other: give one of them" $k.userName $k.accountName) -}}
{{- end -}}
{{- if ne (hasKey $v "accountName") (hasKey $v "accountNamespace") -}}
  {{- fail "gardener.virtualCluster.serviceAccount: needs name and namespace" -}}
{{- end -}}
{{- if or (ne (hasKey $v "certificate") (hasKey $v "privateKey")) (ne (hasKey $v "certificate") (hasKey $v "caBundle")) -}}
  {{- fail (printf "%s, %s and %s: give all of them or none" $k.certificate $k.privateKey $k.caBundle) -}}
{{- end -}}
{{- if and $virtual (not $secret) (not (hasKey $v "certificate")) -}}
  {{- fail (printf "%s: is required without target.access.secretRef.name: nothing is written to the target, so the certificates are yours" $k.certificate) -}}
{{- end -}}
{{- end -}}

{{/* The situation (credentials and target of the AdmissionDeployment). */}}
{{- define "alicloud.situation" -}}
{{- $v := .values -}}
{{- if hasKey $v "accessSecret" -}}
  {{- if not (hasKey $v "userName") -}}ServiceAccountToken
  {{- else if $v.projection -}}FederatedToken
  {{- else -}}ClientCertificate
  {{- end -}}
{{- else if and (not $v.virtual) $v.projection -}}ProjectedToken
{{- else if or (hasKey $v "kubeconfig") (hasKey $v "genericSecret") -}}Provided
{{- else -}}InCluster
{{- end -}}
{{- end -}}

{{/* Keys without effect, with the reason: nothing is ignored silently. */}}
{{- define "alicloud.ignored" -}}
{{- $v := .values -}}{{- $k := .keys -}}
{{- $lines := list -}}
{{- if ne .situation "Provided" -}}
  {{- if and (hasKey $v "kubeconfig") (ne .situation "ProjectedToken") -}}
    {{- $lines = append $lines (printf "%s: the operator makes and rotates the webhook's credential" $k.kubeconfig) -}}
  {{- end -}}
  {{- if hasKey $v "genericSecret" -}}
    {{- $lines = append $lines (printf "%s: the operator makes and rotates the webhook's credential" (trimSuffix ".genericKubeconfigSecretName" $k.genericSecret)) -}}
  {{- end -}}
{{- end -}}
{{- if and (eq .situation "ProjectedToken") (hasKey $v "kubeconfig") -}}
  {{- $config := include "alicloud.kubeconfig" (dict "text" $v.kubeconfig "key" $k.kubeconfig) | fromYaml -}}
  {{- if not $config.user.tokenFile -}}
    {{- fail (printf "%s and %s contradict each other: this kubeconfig does not read the projected token (tokenFile)" $k.projection $k.kubeconfig) -}}
  {{- end -}}
  {{- if get $config.cluster "certificate-authority" -}}
    {{- $lines = append $lines (printf "%s, certificate-authority: this cluster's own CA is used, not a file" $k.kubeconfig) -}}
  {{- end -}}
{{- end -}}
{{- if and (not $v.projection) (or (hasKey $v "audience") (ne (toString ($v.expirationSeconds | default 43200)) "43200")) -}}
  {{- $lines = append $lines (printf "%s, %s: %s is not true" $k.audience $k.expirationSeconds $k.projection) -}}
{{- end -}}
{{- if .isGoProgram -}}
  {{- $lines = append $lines (printf "%s, %s: they name the Go program; this chart runs its successor" $k.repository $k.tag) -}}
{{- end -}}
{{- if hasKey $v "useObjectSelector" -}}
  {{- $lines = append $lines (printf "%s: the object selector is always there" $k.useObjectSelector) -}}
{{- end -}}
{{- if and (hasKey $v "replicas") (lt (int $v.replicas) 2) -}}
  {{- $lines = append $lines (printf "%s: raised to 2: one replica cannot be replaced without refusing requests" $k.replicas) -}}
{{- end -}}
{{- if and (not $v.vpa) (or (hasKey $v "updateMode") (hasKey $v "minAllowed")) -}}
  {{- $lines = append $lines (printf "%s: %s is not true" (ternary $k.updateMode $k.minAllowed (hasKey $v "updateMode")) $k.vpa) -}}
{{- end -}}
{{- if and (hasKey $v "targetNamespace") (hasKey $v "accountNamespace") -}}
  {{- $lines = append $lines (printf "%s: the identity lives in %s" $k.targetNamespace $k.accountNamespace) -}}
{{- end -}}
{{- toYaml (dict "lines" $lines) -}}
{{- end -}}

{{/* All that the templates need: {values, keys, name, situation, target, image, ignored}. */}}
{{- define "alicloud.facts" -}}
{{- $given := include "alicloud.given" . | fromYaml -}}
{{- include "alicloud.check" $given -}}
{{- $v := $given.values -}}
{{- $facts := dict "values" $v "keys" $given.keys "situation" (include "alicloud.situation" $given) -}}
{{- $_ := set $facts "name" ($v.nameOverride | default "gardener-extension-admission-alicloud") -}}
{{- $isRemote := hasKey $v "accessSecret" -}}
{{- $_ := set $facts "target" (ternary "Runtime" (ternary "Remote" "Unmanaged" $isRemote) (not $v.virtual)) -}}
{{- $old := or (regexMatch "(^|/)(gardener-extension-)?admission-alicloud$" ($v.repository | default "")) (and (not (hasKey $v "repository")) (hasPrefix "global." $given.keys.tag)) -}}
{{- $_ := set $facts "isGoProgram" $old -}}
{{- $repository := ternary "docker.io/portcullis/portcullis-webhook-alicloud" ($v.repository | default "docker.io/portcullis/portcullis-webhook-alicloud") $old -}}
{{- $tag := ternary .Chart.AppVersion ($v.tag | default .Chart.AppVersion | toString) $old -}}
{{- $_ := set $facts "image" (ternary (printf "%s@%s" $repository $tag) (printf "%s:%s" $repository $tag) (hasPrefix "sha256:" $tag)) -}}
{{- $_ := set $facts "ignored" (get (include "alicloud.ignored" $facts | fromYaml) "lines") -}}
{{- toYaml $facts -}}
{{- end -}}

{{- define "alicloud.labels" -}}
app.kubernetes.io/name: {{ .facts.name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end -}}
