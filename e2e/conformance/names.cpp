#include "conformance/names.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "json/parse.hpp"

namespace conformance {
namespace {

using json::Value;
using Sort = Names::Sort;

std::optional<Sort> sort_of(const std::string& key) {
  if (key == "uid") return Sort::uid;
  if (key == "resourceVersion") return Sort::version;
  if (key == "clusterIP") return Sort::address;
  if (key == "username") return Sort::user;
  return std::nullopt;
}

bool is_time(const std::string& key) {
  return key == "creationTimestamp" || key == "deletionTimestamp" || key == "expirationTimestamp";
}

/// In their order: that is by time, and decides whether a repeated write counts.
Value managers_without_times(const Value& entries) {
  auto kept = entries;
  if (!kept.as_array()) return kept;
  for (auto& entry : *kept.as_array()) {
    if (auto* members = entry.as_object()) members->erase("time");
  }
  return kept;
}

/// Answers that the API in memory only sketches: who asks, and under which issuer.
void sketch(Value& review) {
  const auto kind = review.at("kind").string_or("");
  const bool is_review = kind.starts_with("SelfSubject");
  if (kind != "TokenRequest" && !is_review) return;
  if (auto* metadata = review["metadata"].as_object()) metadata->erase("managedFields");
  if (is_review) review["metadata"] = Value();
  if (kind == "SelfSubjectReview") review["status"] = Value();
  const auto& audiences = review.at("spec").at("audiences").items();
  if (!audiences.empty() && audiences[0].string_or("").starts_with("https://")) {
    review["spec"]["audiences"] = Value();
  }
}

/// What can be said of one side alone.
Value tidy(const Value& value) {
  if (value.as_array()) {
    json::Array items;
    for (const auto& item : value.items()) items.push_back(tidy(item));
    return items;
  }
  if (!value.as_object()) return value;
  json::Object kept;
  for (const auto& [key, member] : value.members()) {
    // clusterIPs repeat clusterIP; extra says by which credential somebody asked.
    if (member.is_null() || key == "clusterIPs" || key == "extra") continue;
    if (key == "managedFields") {
      kept.set(key, managers_without_times(member));
    } else if (is_time(key) || (key == "token" && member.as_string())) {
      kept.set(key, "(" + key + ")");
    } else {
      kept.set(key, tidy(member));
    }
  }
  return kept;
}

std::string uid_of(const Value& object) {
  return std::string(object.at("metadata").at("uid").string_or(""));
}

/// Gives identifiers that mean the same the same words, ours.
void unify(const Value& ours, Value& theirs, Names& names, Names::Owners owners = {}) {
  if (auto* items = theirs.as_array()) {
    const auto count = std::min(items->size(), ours.items().size());
    for (std::size_t i = 0; i < count; ++i) unify(ours.items()[i], (*items)[i], names, owners);
    return;
  }
  auto* members = theirs.as_object();
  if (members == nullptr) return;
  if (!uid_of(theirs).empty()) owners = {.ours = uid_of(ours), .theirs = uid_of(theirs)};
  for (auto& [key, member] : *members) {
    const auto& mine = ours.at(key);
    const auto sort = sort_of(key);
    const auto *our_text = mine.as_string(), *their_text = member.as_string();
    if (!sort || !our_text || !their_text) {
      unify(mine, member, names, owners);
    } else if (names.pair(*sort, *our_text, *their_text, owners)) {
      member = mine;
    }
  }
}

}  // namespace

bool Names::pair(Sort sort, const std::string& ours, const std::string& theirs,
                 const Owners& owners) {
  if (sort != Sort::address) return agree(sort, ours, theirs);
  addresses_[ours] = theirs;
  return agree(sort, owners.ours + "/" + ours, owners.theirs + "/" + theirs);
}

bool Names::agree(Sort sort, const std::string& ours, const std::string& theirs) {
  auto& table = tables_[sort];
  const auto known = table.to_theirs.find(ours);
  const auto back = table.to_ours.find(theirs);
  const bool agrees = (known == table.to_theirs.end() || known->second == theirs) &&
                      (back == table.to_ours.end() || back->second == ours);
  table.to_theirs[ours] = theirs;
  table.to_ours[theirs] = ours;
  return agrees;
}

std::string Names::theirs(Sort sort, const std::string& ours) const {
  static const Table kNothing;
  const auto table = tables_.find(sort);
  const auto& all = sort == Sort::address    ? addresses_
                    : table == tables_.end() ? kNothing.to_theirs
                                             : table->second.to_theirs;
  const auto known = all.find(ours);
  return known == all.end() ? ours : known->second;
}

Sides normalised(const Sides& answers, Names& names) {
  Sides sides = answers;
  sketch(sides.ours);
  sketch(sides.theirs);
  sides = {.ours = tidy(sides.ours), .theirs = tidy(sides.theirs)};
  unify(sides.ours, sides.theirs, names);
  return sides;
}

Value translated(const Value& document, const Names& names) {
  if (document.as_array()) {
    json::Array items;
    for (const auto& item : document.items()) {
      const auto* text = item.as_string();
      items.push_back(text ? Value(names.theirs(Sort::address, *text)) : translated(item, names));
    }
    return items;
  }
  if (!document.as_object()) return document;
  json::Object changed;
  for (const auto& [key, value] : document.members()) {
    const auto sort = sort_of(key);
    const auto* text = value.as_string();
    changed.set(key, sort && text ? Value(names.theirs(*sort, *text)) : translated(value, names));
  }
  return changed;
}

}  // namespace conformance
