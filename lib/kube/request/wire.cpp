#include "kube/request/wire.hpp"

#include <string_view>

#include "json/parse.hpp"

namespace kube {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kPartialObject =
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
constexpr std::string_view kPartialList =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

bool is_unreserved(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || std::string_view("-._~").contains(letter);
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (is_unreserved(letter))
      out += letter;
    else
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

/// A name as one path segment. What cannot be a name would address something else (an empty one the
/// whole collection, "x/status" a subresource): it becomes "%", which the API server lets no object
/// be called, so the answer is 404.
std::string segment(std::string_view name) {
  const bool is_name =
      !name.empty() && name != "." && name != ".." && !name.contains('/') && !name.contains('%');
  return is_name ? percent_encode(name) : "%25";
}

std::string root(const Resource& resource) {
  const auto version = percent_encode(resource.version);
  return resource.group.empty() ? "/api/" + version
                                : "/apis/" + percent_encode(resource.group) + "/" + version;
}

std::string collection_of_all(const Resource& resource) {
  return root(resource) + "/" + percent_encode(resource.plural);
}

std::string collection(const Resource& resource, std::string_view namespace_name) {
  if (!resource.namespaced) return collection_of_all(resource);
  return root(resource) + "/namespaces/" + segment(namespace_name) + "/" +
         percent_encode(resource.plural);
}

std::string list_path(const Resource& resource, std::string_view namespace_name) {
  return namespace_name.empty() ? collection_of_all(resource)
                                : collection(resource, namespace_name);
}

std::string item(const ObjectRef& ref, std::string_view subresource = {}) {
  auto path = collection(ref.resource, ref.namespace_name) + "/" + segment(ref.name);
  if (!subresource.empty()) path += "/" + percent_encode(subresource);
  return path;
}

/// Parameters in the order they are added; empty values are left out.
class Query {
 public:
  Query& add(std::string_view name, std::string_view value) {
    if (value.empty()) return *this;
    text_ += text_.empty() ? '?' : '&';
    text_.append(name).append("=").append(percent_encode(value));
    return *this;
  }
  Query& add_if(bool wanted, std::string_view name, std::string_view value) {
    return wanted ? add(name, value) : *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Strict: a field that this server does not know must not be dropped in silence. A webhook
/// configuration whose matchConditions an old server drops matches what it must never match.
/// Subresources are left at the server's default (warn): a status that is newer than the CRD loses
/// a field instead of failing.
Query write_query(std::string_view manager, bool dry_run, std::string_view subresource) {
  return Query()
      .add("fieldManager", manager)
      .add_if(dry_run, "dryRun", "All")
      .add_if(subresource.empty(), "fieldValidation", "Strict");
}

WireRequest bare(std::string_view method, std::string target, std::string_view accept = kJson) {
  return {std::string(method), std::move(target), {}, std::string(accept), {}};
}

WireRequest with_body(std::string_view method, std::string target, std::string_view content_type,
                      const json::Value& body) {
  return {std::string(method), std::move(target), std::string(content_type), std::string(kJson),
          json::to_string(body)};
}

WireRequest wire(const Get& get) {
  return bare("GET", item(get.ref), get.metadata_only ? kPartialObject : kJson);
}

/// A continue token carries its version: giving one as well is refused. With a limit but no match
/// rule, the server would read a version as `Exact`; everybody here means "at least".
WireRequest wire(const List& list) {
  const bool first = list.continue_token.empty();
  const auto query =
      Query()
          .add("labelSelector", list.label_selector)
          .add("fieldSelector", list.field_selector)
          .add_if(list.limit > 0, "limit", std::to_string(list.limit))
          .add("continue", list.continue_token)
          .add_if(first, "resourceVersion", list.resource_version)
          .add_if(first && !list.resource_version.empty(), "resourceVersionMatch", "NotOlderThan");
  return bare("GET", list_path(list.resource, list.namespace_name) + query.text(),
              list.metadata_only ? kPartialList : kJson);
}

WireRequest wire(const Create& create) {
  const auto ref = create.object.ref();
  const auto query = write_query(create.field_manager, create.dry_run, {});
  return with_body("POST", collection(ref.resource, ref.namespace_name) + query.text(), kJson,
                   create.object.document());
}

WireRequest wire(const Update& update) {
  const auto query = write_query(update.field_manager, update.dry_run, update.subresource);
  return with_body("PUT", item(update.object.ref(), update.subresource) + query.text(), kJson,
                   update.object.document());
}

WireRequest wire(const Apply& apply) {
  auto query = write_query(apply.field_manager, apply.dry_run, apply.subresource);
  query.add_if(apply.force, "force", "true");
  return with_body("PATCH", item(apply.object.ref(), apply.subresource) + query.text(),
                   "application/apply-patch+yaml", apply.object.document());
}

WireRequest wire(const Patch& patch) {
  const auto query =
      Query().add("fieldManager", patch.field_manager).add_if(patch.dry_run, "dryRun", "All");
  const bool merge = patch.type == Patch::Type::merge;
  return with_body("PATCH", item(patch.ref, patch.subresource) + query.text(),
                   merge ? "application/merge-patch+json" : "application/json-patch+json",
                   patch.body);
}

json::Value preconditions(const Delete& removal) {
  json::Value conditions;
  if (removal.uid) conditions["uid"] = removal.uid->value;
  if (removal.resource_version) conditions["resourceVersion"] = removal.resource_version->value;
  return conditions;
}

json::Value delete_options(const Delete& removal) {
  auto options = json::Value::object({{"apiVersion", "v1"}, {"kind", "DeleteOptions"}});
  if (auto conditions = preconditions(removal); !conditions.is_null())
    options["preconditions"] = std::move(conditions);
  if (!removal.propagation.empty()) options["propagationPolicy"] = removal.propagation;
  if (removal.grace_seconds) options["gracePeriodSeconds"] = *removal.grace_seconds;
  if (removal.dry_run) options["dryRun"] = json::Value::array({"All"});
  return options;
}

/// With a body the server reads no options from the query; dryRun stands there too because audit
/// logs keep the URL only.
WireRequest wire(const Delete& removal) {
  const auto query = Query().add_if(removal.dry_run, "dryRun", "All");
  return with_body("DELETE", item(removal.ref) + query.text(), kJson, delete_options(removal));
}

WireRequest wire(const Post& post) {
  const auto path = post.ref.name.empty() ? collection(post.ref.resource, post.ref.namespace_name)
                                          : item(post.ref, post.subresource);
  return with_body("POST", path, kJson, post.body);
}

}  // namespace

WireRequest to_wire(const Request& request) {
  return std::visit([](const auto& one) { return wire(one); }, request);
}

WireRequest to_wire(const Watch& watch) {
  const auto query = Query()
                         .add("watch", "true")
                         .add("allowWatchBookmarks", "true")
                         .add("labelSelector", watch.label_selector)
                         .add("fieldSelector", watch.field_selector)
                         .add("resourceVersion", watch.resource_version)
                         .add("timeoutSeconds", std::to_string(watch.timeout.count()));
  return bare("GET", list_path(watch.resource, watch.namespace_name) + query.text(),
              watch.metadata_only ? kPartialObject : kJson);
}

}  // namespace kube
