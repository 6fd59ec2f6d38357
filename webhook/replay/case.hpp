#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "json/value.hpp"
#include "webhook/alicloud/facts/facts.hpp"

namespace replay {

/// Profile and binding, secret, images: four rounds of questions are usual; a judgement that asks
/// for ever is a bug.
inline constexpr int kMostRounds = 16;

/// One recorded request with the world it was made in and the answer it got: a JSON file of the
/// corpus format.
struct Case {
  std::string name;
  json::Value document;
  json::Value review;       ///< also where the case has a verbatim body
  std::string review_text;  ///< compact, its strings spelt as in the file: messages quote them

  const json::Value& expected() const { return document.at("expect"); }
  std::string method() const;
  std::string path() const;
  std::string content_type() const;
  std::string body() const;  ///< the given one, or the review as compact JSON; padded with blanks
                             ///< where the case asks
};

base::Result<Case> parse_case(std::string_view text, std::string_view fallback_name);

/// Answers questions as the case's cluster and cloud do.
class World {
 public:
  explicit World(const Case& one) : document_(one.document) {}
  void answer(alicloud::Facts& facts, const alicloud::Question& question) const;

 private:
  base::Result<std::shared_ptr<const json::Dom>> find(
      const alicloud::ObjectQuestion& question) const;
  base::Result<bool> image(const alicloud::ImageQuestion& question) const;
  base::Result<std::vector<alicloud::VSwitch>> vswitches(
      const alicloud::VSwitchQuestion& question) const;
  std::optional<base::Error> cloud_error(std::string_view call) const;

  const json::Value& document_;
};

}  // namespace replay
