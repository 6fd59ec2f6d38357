#include "kube/request/request.hpp"

#include <utility>

namespace kube {
namespace {

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};

bool is_review(const Post& post) {
  const auto& group = post.ref.resource.group;
  return post.ref.name.empty() &&
         (group == "authentication.k8s.io" || group == "authorization.k8s.io");
}

std::string with_subresource(std::string text, std::string_view subresource) {
  if (!subresource.empty()) text.append(" ").append(subresource);
  return text;
}

/// The verb for people: an apply is not just a patch.
std::string_view spoken_verb(const Request& request) {
  return std::holds_alternative<Apply>(request) ? "apply" : rbac_verb(request);
}

std::string spoken_subject(const Request& request) {
  const auto ref = subject(request);
  if (std::holds_alternative<List>(request))
    return ref.resource.name() + (ref.namespace_name.empty() ? "" : " in " + ref.namespace_name);
  if (const auto* post = std::get_if<Post>(&request); post != nullptr && ref.name.empty())
    return ref.resource.kind;
  return to_string(ref);
}

bool is_dry_run(const Request& request) {
  return std::visit(
      [](const auto& one) {
        if constexpr (requires { one.dry_run; }) return one.dry_run;
        return false;
      },
      request);
}

std::string_view subresource(const Request& request) {
  return std::visit(
      [](const auto& one) -> std::string_view {
        if constexpr (requires { one.subresource; }) return one.subresource;
        return {};
      },
      request);
}

}  // namespace

bool is_mutating(const Request& request) {
  return std::visit(Match{[](const Get&) { return false; }, [](const List&) { return false; },
                          [](const Post& post) { return !is_review(post); },
                          [](const auto& write) { return !write.dry_run; }},
                    request);
}

std::string_view rbac_verb(const Request& request) {
  using Verb = std::string_view;
  return std::visit(
      Match{[](const Get&) -> Verb { return "get"; }, [](const List&) -> Verb { return "list"; },
            [](const Create&) -> Verb { return "create"; },
            [](const Update&) -> Verb { return "update"; },
            [](const Apply&) -> Verb { return "patch"; },
            [](const Patch&) -> Verb { return "patch"; },
            [](const Delete&) -> Verb { return "delete"; },
            [](const Post&) -> Verb { return "create"; }},
      request);
}

ObjectRef subject(const Request& request) {
  return std::visit(
      [](const auto& one) -> ObjectRef {
        if constexpr (requires { one.ref; })
          return one.ref;
        else if constexpr (requires { one.object; })
          return one.object.ref();
        else
          return {one.resource, one.namespace_name, {}};
      },
      request);
}

std::string describe(const Request& request) {
  auto text = std::string(spoken_verb(request)) + " " + spoken_subject(request);
  text = with_subresource(std::move(text), subresource(request));
  return is_dry_run(request) ? text + " (dry run)" : text;
}

json::Value token_request_body(std::chrono::seconds lifetime,
                               const std::vector<std::string>& audiences,
                               const std::optional<ObjectRef>& bound_to, const Uid& bound_uid) {
  json::Array names;
  for (const auto& audience : audiences) names.emplace_back(audience);
  auto spec = json::Value::object(
      {{"audiences", std::move(names)}, {"expirationSeconds", lifetime.count()}});
  if (bound_to) {
    auto bound = json::Value::object({{"kind", bound_to->resource.kind},
                                      {"apiVersion", bound_to->resource.api_version()},
                                      {"name", bound_to->name}});
    if (!bound_uid.empty()) bound["uid"] = bound_uid.value;
    spec["boundObjectRef"] = std::move(bound);
  }
  return json::Value::object({{"apiVersion", "authentication.k8s.io/v1"},
                              {"kind", "TokenRequest"},
                              {"spec", std::move(spec)}});
}

}  // namespace kube
