#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "kube/config/kubeconfig.hpp"

namespace {

void require(bool held) {
  if (!held) std::abort();
}

}  // namespace

/// Whatever comes in: no crash, no hang, and what is accepted keeps the promises of the header.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const kube::KubeconfigPolicy files{.allowed_directories = {"/allowed"}};
  if (const auto config = kube::parse_kubeconfig(text, files)) {
    require(config->server.starts_with("https://"));
    require(config->ca_pem.empty() != config->ca_file.empty());
    for (const auto* file :
         {&config->ca_file, &config->token_file, &config->certificate_file, &config->key_file})
      require(file->empty() || (file->starts_with("/allowed/") && !file->contains("..")));
    require(!config->token.empty() || !config->token_file.empty() || !config->key_pem.empty() ||
            !config->key_file.empty());
  } else {
    require(config.error().is(base::Error::Kind::invalid));
  }
  kube::read_token_facts(text);
  return 0;
}
