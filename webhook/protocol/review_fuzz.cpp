#include <cstdint>
#include <cstdlib>
#include <string>

#include "json/parse.hpp"
#include "webhook/protocol/review.hpp"

// Whatever comes in: no crash, and what is answered is JSON that echoes the request's uid.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto review = protocol::decode(std::string(reinterpret_cast<const char*>(data), size));
  if (!review) return 0;
  const auto answer = json::parse(protocol::encode(review->sender, protocol::allow()));
  if (!answer || answer->at("response").at("uid").string_or("-") != review->sender.uid)
    std::abort();
  return 0;
}
