#include "webhook/cluster/kinds.hpp"

namespace cluster {

kube::Resource resource_of(alicloud::ReadKind kind) {
  using alicloud::ReadKind;
  const std::string kind_name(to_string(kind));
  switch (kind) {
    case ReadKind::cloud_profile:
      return {"core.gardener.cloud", "v1beta1", "cloudprofiles", kind_name, false};
    case ReadKind::namespaced_cloud_profile:
      return {"core.gardener.cloud", "v1beta1", "namespacedcloudprofiles", kind_name, true};
    case ReadKind::secret_binding:
      return {"core.gardener.cloud", "v1beta1", "secretbindings", kind_name, true};
    case ReadKind::credentials_binding:
      return {"security.gardener.cloud", "v1alpha1", "credentialsbindings", kind_name, true};
    case ReadKind::secret:
      break;
  }
  return kube::kinds::kSecret;
}

}  // namespace cluster
