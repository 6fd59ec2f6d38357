#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace crypto {

/// What a PKCS#10 request asks for.
struct RequestInfo {
  std::string common_name;
  std::vector<std::string> organizations;
};

/// The first request of the PEM. `invalid` where there is none, it does not parse, or its signature
/// is not that of the key in it.
base::Result<RequestInfo> read_csr(std::string_view pem);

}  // namespace crypto
