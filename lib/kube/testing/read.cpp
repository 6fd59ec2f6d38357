#include <algorithm>
#include <utility>

#include "base/base64.hpp"
#include "json/parse.hpp"
#include "kube/testing/answers.hpp"
#include "kube/testing/cluster.hpp"
#include "kube/testing/kind_rules.hpp"
#include "kube/testing/selector.hpp"

namespace kube::testing {
namespace {

using json::Value;

/// Where a paged list goes on: after this key, in the state of that version.
struct Place {
  Version version = 0;
  std::string after;
};

std::string key_of(const Object& object) { return object.namespace_name() + "/" + object.name(); }

std::string to_token(const Place& place) {
  const auto document =
      Value::object({{"v", "meta.k8s.io/v1"}, {"rv", place.version}, {"start", place.after}});
  return base::base64_encode(json::to_string(document));
}

base::Result<Place> from_token(const std::string& token) {
  const auto text = base::base64_decode(token);
  const auto document = text ? json::parse(*text) : base::fail(base::invalid("no base64"));
  if (!document || document->at("rv").int_or(0) <= 0) {
    return base::fail(bad_request("continue key is not valid"));
  }
  return Place{.version = static_cast<Version>(document->at("rv").int_or(0)),
               .after = std::string(document->at("start").string_or(""))};
}

/// Items of built-in kinds come without apiVersion and kind.
Value item_of(const Object& object, bool metadata_only) {
  if (metadata_only) return partial_metadata(object);
  auto document = object.document();
  if (!rules_of(object.resource()).is_custom) {
    document.as_object()->erase("apiVersion");
    document.as_object()->erase("kind");
  }
  return document;
}

struct Taken {
  std::vector<Stored> objects;
  std::size_t rest =
      0;  ///< objects behind the page, whether or not they match: the server has not looked yet
};

Taken page_of(const std::vector<Stored>& all, const Selector& selector, const std::string& after,
              std::size_t limit) {
  Taken page;
  const auto only = selector.single_name();
  for (const auto& object : all) {
    if (!after.empty() && key_of(*object) <= after) continue;
    if (!only.empty() && object->name() != only) continue;  // read as one object, not as a list
    if (limit > 0 && page.objects.size() == limit) {
      ++page.rest;
    } else if (selector.matches(*object)) {
      page.objects.push_back(object);
    }
  }
  return page;
}

}  // namespace

Answer Cluster::on(const Get& request) {
  const auto object = store_.find(request.ref);
  if (!object) return base::fail(not_found(request.ref));
  return request.metadata_only ? partial_metadata(*object) : object->document();
}

Answer Cluster::on(const List& request) {
  TRY(const auto selector,
      Selector::parse(request.resource, request.label_selector, request.field_selector));
  Place place{.version = store_.version(), .after = {}};
  if (!request.continue_token.empty()) {
    TRY(place, from_token(request.continue_token));
    if (place.version < store_.oldest()) {
      return base::fail(expired("The provided continue parameter is too old"));
    }
  }
  const auto objects = store_.list(request.resource, request.namespace_name, place.version);
  auto page =
      page_of(objects, selector, place.after, static_cast<std::size_t>(std::max(request.limit, 0)));

  Value metadata = Value::object({{"resourceVersion", std::to_string(place.version)}});
  if (page.rest > 0) {
    metadata["continue"] =
        to_token({.version = place.version, .after = key_of(*page.objects.back())});
    if (selector.selects_all()) metadata["remainingItemCount"] = page.rest;
  }
  json::Array items;
  for (const auto& object : page.objects) items.push_back(item_of(*object, request.metadata_only));
  return Value::object(
      {{"kind",
        request.metadata_only ? "PartialObjectMetadataList" : request.resource.kind + "List"},
       {"apiVersion", request.metadata_only ? "meta.k8s.io/v1" : request.resource.api_version()},
       {"metadata", std::move(metadata)},
       {"items", std::move(items)}});
}

}  // namespace kube::testing
