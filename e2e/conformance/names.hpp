#pragma once

#include <map>
#include <string>

#include "json/value.hpp"

namespace conformance {

/// Which identifier of one side (UID, resourceVersion, cluster IP, user) is which of the other's:
/// learnt where both show one in the same place of their answers. An identifier that suddenly
/// stands for another one is a difference.
class Names {
 public:
  enum class Sort { uid, version, address, user };
  /// Whether this agrees with what is known; it is known from now on. Addresses are an object's
  /// own, whose UIDs are the owners: the server gives a free one to the next.
  struct Owners {
    std::string ours, theirs;
  };
  bool pair(Sort sort, const std::string& ours, const std::string& theirs, const Owners& owners);
  /// In the other side's words; as it is where nobody showed it.
  std::string theirs(Sort sort, const std::string& ours) const;

 private:
  struct Table {
    std::map<std::string, std::string> to_theirs, to_ours;
  };
  bool agree(Sort sort, const std::string& ours, const std::string& theirs);

  std::map<Sort, Table> tables_;
  std::map<std::string, std::string> addresses_;
};

/// Two answers as both sides would show them: no times, null left out, and identifiers that are the
/// same thing replaced by the same words.
struct Sides {
  json::Value ours, theirs;
};
Sides normalised(const Sides& answers, Names& names);

/// A document of ours for the other side.
json::Value translated(const json::Value& document, const Names& names);

}  // namespace conformance
