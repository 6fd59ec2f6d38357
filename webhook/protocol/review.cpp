#include "webhook/protocol/review.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace protocol {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Reads members of the known types and keeps the first complaint, as Go's decoder does.
class Members {
 public:
  explicit Members(std::string& complaint) : complaint_(complaint) {}

  std::string_view text(const json::DomNode& node, std::string_view key, std::string_view path) {
    const auto text = node.string();
    if (!text && !node.is_null()) complain(path, key, "expected a string");
    return text.value_or("");
  }
  std::string_view text_in(const json::DomNode& of, std::string_view key, std::string_view path) {
    return text(of.at(key), key, path);
  }
  json::DomNode object(const json::DomNode& node, std::string_view key, std::string_view path) {
    if (node.is_null() || node.is_object()) return node;
    complain(path, key, "expected an object");
    return {};
  }
  void boolean(const json::DomNode& node, std::string_view key, std::string_view path) {
    if (!node.is_null() && !node.boolean()) complain(path, key, "expected a boolean");
  }
  void texts(const json::DomNode& node, std::string_view key, std::string_view path) {
    bool fine = node.is_null() || node.is_array();
    node.each_item([&](std::size_t, const json::DomNode& item) {
      fine = fine && (item.is_null() || item.string());
    });
    if (!fine) complain(path, key, "expected a list of strings");
  }

 private:
  void complain(std::string_view path, std::string_view key, std::string_view what) {
    if (complaint_.empty()) complaint_.append(path).append(key).append(": ").append(what);
  }
  std::string& complaint_;
};

/// The members of a request as they stand; of several of a name the last.
struct Request {
  json::DomNode uid, kind, resource, sub_resource, request_kind, request_resource,
      request_sub_resource, name, namespace_name, operation, user_info, object, old_object, dry_run;
};

constexpr std::array kMembers{
    std::pair{std::string_view("uid"), &Request::uid},
    std::pair{std::string_view("kind"), &Request::kind},
    std::pair{std::string_view("resource"), &Request::resource},
    std::pair{std::string_view("subResource"), &Request::sub_resource},
    std::pair{std::string_view("requestKind"), &Request::request_kind},
    std::pair{std::string_view("requestResource"), &Request::request_resource},
    std::pair{std::string_view("requestSubResource"), &Request::request_sub_resource},
    std::pair{std::string_view("name"), &Request::name},
    std::pair{std::string_view("namespace"), &Request::namespace_name},
    std::pair{std::string_view("operation"), &Request::operation},
    std::pair{std::string_view("userInfo"), &Request::user_info},
    std::pair{std::string_view("object"), &Request::object},
    std::pair{std::string_view("oldObject"), &Request::old_object},
    std::pair{std::string_view("dryRun"), &Request::dry_run}};

Request members_of(const json::DomNode& node) {
  Request request;
  node.each_member([&](std::string_view key, const json::DomNode& value) {
    for (const auto& [name, place] : kMembers) {
      if (name == key) return void(request.*place = value);
    }
  });
  return request;
}

void read_user(Members& members, const Request& request, Review& review) {
  const auto user = members.object(request.user_info, "userInfo", "request.");
  constexpr std::string_view kPath = "request.userInfo.";
  review.user = members.text_in(user, "username", kPath);
  members.text_in(user, "uid", kPath);
  members.texts(user.at("groups"), "groups", kPath);
  members.object(user.at("extra"), "extra", kPath);
}

void read_request(Members& members, const json::DomNode& node, Review& review) {
  const auto request = members_of(node);
  constexpr std::string_view kPath = "request.";
  review.sender.uid = members.text(request.uid, "uid", kPath);
  const auto kind = members.object(request.kind, "kind", kPath);
  review.kind = {.group = members.text_in(kind, "group", "request.kind."),
                 .version = members.text_in(kind, "version", "request.kind."),
                 .kind = members.text_in(kind, "kind", "request.kind.")};
  const auto resource = members.object(request.resource, "resource", kPath);
  review.resource = members.text_in(resource, "resource", "request.resource.");
  members.object(request.request_kind, "requestKind", kPath);
  members.object(request.request_resource, "requestResource", kPath);
  members.text(request.sub_resource, "subResource", kPath);
  members.text(request.request_sub_resource, "requestSubResource", kPath);
  review.name = members.text(request.name, "name", kPath);
  review.namespace_name = members.text(request.namespace_name, "namespace", kPath);
  review.operation = members.text(request.operation, "operation", kPath);
  members.boolean(request.dry_run, "dryRun", kPath);
  read_user(members, request, review);
  review.object = request.object;
  review.old_object = request.old_object;
}

}  // namespace

std::string to_string(const GroupVersionKind& kind) {
  std::string text(kind.group);
  return text.append("/").append(kind.version).append(", Kind=").append(kind.kind);
}

base::Result<Review> decode(std::string body, json::DomPool* pool) {
  if (body.starts_with(kByteOrderMark)) body.erase(0, kByteOrderMark.size());
  Review review;
  if (body.find('\\') != std::string::npos) review.source = body;
  TRY(review.dom, json::Dom::parse(std::move(body), {}, pool));
  const auto root = review.dom->root();
  if (!root.is_object() && !root.is_null())
    return base::fail(base::invalid("expected an AdmissionReview object"));
  std::string complaint;
  Members members(complaint);
  review.sender.kind = members.text_in(root, "kind", "");
  review.sender.api_version = members.text_in(root, "apiVersion", "");
  if (std::ranges::count(review.sender.api_version, '/') > 1)
    complaint = "apiVersion: expected group/version";
  read_request(members, members.object(root.at("request"), "request", ""), review);
  if (!complaint.empty()) return base::fail(base::invalid(std::move(complaint)));
  if (review.sender.kind.empty() && review.sender.api_version.empty()) {
    review.sender.kind = "AdmissionReview";
    review.sender.api_version = "admission.k8s.io/v1";
  }
  return review;
}

}  // namespace protocol
