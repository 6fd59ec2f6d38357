#include "operator/desired/kubeconfig.hpp"

#include "base/base64.hpp"
#include "kube/config/kubeconfig.hpp"

namespace desired {

std::string kubeconfig(const Inputs& inputs, const Endpoint& target, bool by_certificate) {
  const auto& folder = inputs.resource.spec.credentials.delivery.mount_path;
  kube::KubeconfigSpec spec{.server = target.server,
                            .tls_server_name = target.tls_server_name,
                            .ca_pem = target.ca_pem,
                            .user_name = names(inputs).service_account,
                            .context_name = "target",
                            .default_namespace = inputs.resource.target_namespace()};
  if (!by_certificate) {
    spec.token_file = folder + "/token";
    return kube::write_kubeconfig(spec);
  }
  spec.certificate_file = folder + "/tls.crt";
  spec.key_file = folder + "/tls.key";
  return kube::write_kubeconfig(spec);
}

Item access(const Inputs& inputs, const Endpoint& target) {
  auto object = owned(inputs, Cluster::runtime, kube::kinds::kSecret,
                      inputs.resource.namespace_name(), names(inputs).access);
  object.set_label(kPurposeLabel, "access");
  object["type"] = "Opaque";
  object["data"]["kubeconfig"] = base::base64_encode(kubeconfig(inputs, target));
  object["data"]["ca.crt"] = base::base64_encode(target.ca_pem);
  return {Stage::credential, Cluster::runtime, std::move(object), "portcullis-secrets"};
}

}  // namespace desired
