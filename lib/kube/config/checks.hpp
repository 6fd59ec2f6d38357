#pragma once

#include <string>
#include <string_view>

#include "kube/config/kubeconfig.hpp"

// What single values of a kubeconfig must be. Each answers what is wrong and what would be right,
// or "" where all is well; none quotes the value.
namespace kube {

std::string why_not_server(std::string_view url);
std::string why_not_tls_server_name(std::string_view name);
std::string why_not_token(std::string_view token);
std::string why_not_certificates(std::string_view pem);
std::string why_not_private_key(std::string_view pem);
std::string why_not_file(std::string_view path, const KubeconfigPolicy& files);

}  // namespace kube
