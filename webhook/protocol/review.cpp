#include "webhook/protocol/review.hpp"

#include <algorithm>

namespace protocol {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Reads members of the known types and keeps the first complaint, as Go's decoder does.
class Members {
 public:
  explicit Members(std::string& complaint) : complaint_(complaint) {}

  std::string_view text(const json::DomNode& of, std::string_view key, std::string_view path) {
    const auto node = of.at(key);
    if (!node.is_null() && !node.string()) complain(path, key, "expected a string");
    return node.string().value_or("");
  }
  json::DomNode object(const json::DomNode& of, std::string_view key, std::string_view path) {
    const auto node = of.at(key);
    if (node.is_null() || node.is_object()) return node;
    complain(path, key, "expected an object");
    return {};
  }
  void boolean(const json::DomNode& of, std::string_view key, std::string_view path) {
    const auto node = of.at(key);
    if (!node.is_null() && !node.boolean()) complain(path, key, "expected a boolean");
  }
  void texts(const json::DomNode& of, std::string_view key, std::string_view path) {
    const auto node = of.at(key);
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

void read_user(Members& members, const json::DomNode& request, Review& review) {
  const auto user = members.object(request, "userInfo", "request.");
  review.user = members.text(user, "username", "request.userInfo.");
  members.text(user, "uid", "request.userInfo.");
  members.texts(user, "groups", "request.userInfo.");
  members.object(user, "extra", "request.userInfo.");
}

void read_request(Members& members, const json::DomNode& request, Review& review) {
  review.sender.uid = members.text(request, "uid", "request.");
  const auto kind = members.object(request, "kind", "request.");
  review.kind = {.group = members.text(kind, "group", "request.kind."),
                 .version = members.text(kind, "version", "request.kind."),
                 .kind = members.text(kind, "kind", "request.kind.")};
  const auto resource = members.object(request, "resource", "request.");
  review.resource = members.text(resource, "resource", "request.resource.");
  members.object(request, "requestKind", "request.");
  members.object(request, "requestResource", "request.");
  members.text(request, "subResource", "request.");
  members.text(request, "requestSubResource", "request.");
  review.name = members.text(request, "name", "request.");
  review.namespace_name = members.text(request, "namespace", "request.");
  review.operation = members.text(request, "operation", "request.");
  members.boolean(request, "dryRun", "request.");
  read_user(members, request, review);
  review.object = request.at("object");
  review.old_object = request.at("oldObject");
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
  review.sender.kind = members.text(root, "kind", "");
  review.sender.api_version = members.text(root, "apiVersion", "");
  if (std::ranges::count(review.sender.api_version, '/') > 1)
    complaint = "apiVersion: expected group/version";
  read_request(members, members.object(root, "request", ""), review);
  if (!complaint.empty()) return base::fail(base::invalid(std::move(complaint)));
  if (review.sender.kind.empty() && review.sender.api_version.empty()) {
    review.sender.kind = "AdmissionReview";
    review.sender.api_version = "admission.k8s.io/v1";
  }
  return review;
}

}  // namespace protocol
