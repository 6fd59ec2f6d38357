#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>

#include "conformance/step.hpp"

namespace conformance {

/// How often what was asked and answered: verb x kind x code, and the shares of the categories.
class Tally {
 public:
  void count(const Step& step, const std::string& answer, bool is_error);
  std::size_t requests() const { return requests_; }
  std::size_t errors() const { return errors_; }
  /// {"requests", "errors", "categories": {name: count}, "apply": {"managers", "conflicts",
  /// "forced"}, "table": [{verb, kind, code, count}]}
  json::Value to_json() const;

 private:
  std::size_t requests_ = 0, errors_ = 0;
  std::map<std::string, std::size_t> categories_;
  std::set<std::string> managers_;  ///< of applies
  std::size_t conflicts_ = 0,
              forced_ = 0;  ///< applies that met another's field; that were forced, and taken
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> table_;
};

}  // namespace conformance
