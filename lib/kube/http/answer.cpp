#include "kube/http/answer.hpp"

#include "json/parse.hpp"
#include "kube/request/wire.hpp"

namespace kube {
namespace {

/// The client has refused what is larger. Values: about 16 bytes of such a document each.
constexpr json::Limits kAnswerLimits{.bytes = 64u << 20, .depth = 512, .values = 4'000'000};

bool carries_secret(const Request& request) {
  const Resource resource = subject(request).resource;
  return is_mutating(request) && !std::holds_alternative<Delete>(request) &&
         resource.group.empty() && resource.plural == kinds::kSecret.plural;
}

/// Whether the server may have looked into the body: its decoder (that answers 500), its
/// validation, or an admission plugin. Missing rights are named before that.
bool may_quote_body(const base::Error& error) {
  if (error.is(base::Error::Kind::invalid)) return true;
  if (error.is(base::Error::Kind::denied)) return !error.what.contains(" is forbidden: User ");
  return error.code == 500 && (error.what.contains("decod") || error.what.contains("convert") ||
                               error.what.contains("unmarshal"));
}

std::string fields_of(std::string_view body) {
  std::string fields;
  const auto status = json::parse(body);
  if (!status) return fields;
  for (const json::Value& cause : status->at("details").at("causes").items()) {
    const auto field = cause.at("field").string_or("");
    if (field.empty() || field.size() > 100) continue;
    fields += (fields.empty() ? " at " : ", ") + std::string(field);
  }
  return fields;
}

}  // namespace

base::Result<json::Value> read_answer(const net_io::HttpResponse& answer) {
  if (answer.status >= 300 && answer.status < 400) {
    base::Error error = base::transient("the server redirects (" + std::to_string(answer.status) +
                                        "), which is not followed: check the server's address");
    error.code = answer.status;
    return base::fail(std::move(error));
  }
  return from_wire(answer.status, net_io::header(answer.headers, "Content-Type"), answer.body,
                   net_io::header(answer.headers, "Retry-After"), kAnswerLimits);
}

base::Result<json::Value> read_answer_to(const Request& request,
                                         const net_io::HttpResponse& answer) {
  auto document = read_answer(answer);
  if (document || !carries_secret(request) || !may_quote_body(document.error())) return document;
  base::Error error = std::move(document).error();
  error.what = "the server refused the content (" + std::to_string(error.code) + " " +
               error.reason + fields_of(answer.body) +
               "); its words are withheld, for they may quote the Secret";
  error.cause.reset();
  return base::fail(std::move(error));
}

}  // namespace kube
