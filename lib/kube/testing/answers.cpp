#include "kube/testing/answers.hpp"

#include <utility>

#include "kube/request/wire.hpp"

namespace kube::testing {
namespace {

std::string quoted(const ObjectRef& ref) { return ref.resource.name() + " \"" + ref.name + "\""; }

}  // namespace

base::Error refusal(int code, std::string_view reason, std::string message,
                    std::string_view cause) {
  json::Object status{{"kind", "Status"},    {"apiVersion", "v1"},
                      {"status", "Failure"}, {"message", std::move(message)},
                      {"reason", reason},    {"code", code}};
  if (!cause.empty()) {
    auto causes = json::Value::array({json::Value::object({{"reason", cause}})});
    status.set("details", json::Value::object({{"causes", std::move(causes)}}));
  }
  return to_error(status, code);
}

base::Error not_found(const ObjectRef& ref) {
  return refusal(404, "NotFound", quoted(ref) + " not found");
}

base::Error already_exists(const ObjectRef& ref) {
  return refusal(409, "AlreadyExists", quoted(ref) + " already exists");
}

base::Error conflict(const ObjectRef& ref, std::string_view why) {
  return refusal(409, "Conflict",
                 "Operation cannot be fulfilled on " + quoted(ref) + ": " + std::string(why));
}

base::Error invalid(const ObjectRef& ref, std::string_view why) {
  return refusal(422, "Invalid",
                 ref.resource.kind + " \"" + ref.name + "\" is invalid: " + std::string(why));
}

base::Error bad_request(std::string message) {
  return refusal(400, "BadRequest", std::move(message));
}

base::Error forbidden(const ObjectRef& ref, std::string_view why) {
  return refusal(403, "Forbidden", quoted(ref) + " is forbidden: " + std::string(why));
}

base::Error expired(std::string message) { return refusal(410, "Expired", std::move(message)); }

json::Value user_info() {
  return json::Value::object(
      {{"username", "in-memory"},
       {"groups", json::Value::array({"system:masters", "system:authenticated"})}});
}

json::Value deleted_status(const Object& object) {
  json::Object details{
      {"name", object.name()}, {"kind", object.resource().plural}, {"uid", object.uid().value}};
  if (!object.resource().group.empty()) details.set("group", object.resource().group);
  return json::Value::object({{"kind", "Status"},
                              {"apiVersion", "v1"},
                              {"metadata", json::Object()},
                              {"status", "Success"},
                              {"details", std::move(details)}});
}

}  // namespace kube::testing
