#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "kube/config/kubeconfig.hpp"
#include "net/tls.hpp"

namespace kube {

/// What a client trusts and shows: from a ClientConfig, and from the files that it names.
class Credentials {
 public:
  static base::Result<Credentials> load(ClientConfig config);

  struct Changes {
    bool tls = false;
    bool token = false;
  };
  /// The same, its files read again.
  base::Result<Credentials> reloaded() const;
  bool names_files() const;

  net_io::ClientTls tls() const;
  /// "Bearer ...", or "" where there is no token. The caller wipes it.
  std::string authorization() const;
  /// When the token ends, by its own claim; nullopt: none, or it does not say.
  std::optional<base::TimePoint> token_ends_at() const;
  const std::string& server() const { return config_.server; }
  /// What `other` has else than this.
  Changes differences(const Credentials& other) const;

 private:
  explicit Credentials(ClientConfig config) : config_(std::move(config)) {}
  ClientConfig config_;
};

}  // namespace kube
