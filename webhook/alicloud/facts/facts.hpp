#pragma once

#include <algorithm>
#include <compare>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "json/dom.hpp"

namespace alicloud {

enum class Source { cache, live };  ///< a watched copy, or a GET now

/// The kinds that rules read. The order is that of the table in facts.cpp.
enum class ReadKind {
  cloud_profile,
  namespaced_cloud_profile,
  secret_binding,
  credentials_binding,
  secret
};
std::string_view to_string(ReadKind kind);  ///< "CloudProfile"

/// One object of the cluster. Absence is an error of kind not_found; an error's text is what the
/// user sees.
struct ObjectQuestion {
  Source source = Source::cache;
  ReadKind kind = ReadKind::secret;
  std::string namespace_name;
  std::string name;
  auto operator<=>(const ObjectQuestion&) const = default;
  using Answer = std::shared_ptr<const json::Dom>;
};

/// A key pair of the cloud. Equal when the id is: it is asked about within one request only.
struct CloudCredentials {
  std::string key_id;
  std::shared_ptr<const base::Secret> key_secret;
  auto operator<=>(const CloudCredentials& other) const { return key_id <=> other.key_id; }
  bool operator==(const CloudCredentials& other) const { return key_id == other.key_id; }
};

/// Whether an image is the customer's own and not one of the system's.
struct ImageQuestion {
  CloudCredentials credentials;
  std::string region;
  std::string image_id;
  auto operator<=>(const ImageQuestion&) const = default;
  using Answer = bool;
};

struct VSwitch {
  std::string id;
  std::string cidr;
  bool operator==(const VSwitch&) const = default;
};

/// The vswitches of a VPC, all pages.
struct VSwitchQuestion {
  CloudCredentials credentials;
  std::string region;
  std::string vpc_id;
  auto operator<=>(const VSwitchQuestion&) const = default;
  using Answer = std::vector<VSwitch>;
};

/// What the user is told about an object that is not there, in the words of an informer's cache or
/// of an API server.
base::Error not_found(const ObjectQuestion& question);

using Question = std::variant<ObjectQuestion, ImageQuestion, VSwitchQuestion>;

struct ReadProfile;

/// Profiles that were read into their types, kept from request to request while the document is the
/// same one: a profile may be larger than all that is judged by it. For one loop.
class ProfileReadings {
 public:
  using Document = std::shared_ptr<const json::Dom>;
  using Reading = std::shared_ptr<const ReadProfile>;
  Reading find(const Document& of) const;
  void keep(const Document& of, Reading reading);

 private:
  static constexpr std::size_t kMost = 16;
  std::vector<std::pair<std::weak_ptr<const json::Dom>, Reading>> kept_;
};

/// What is known of the world while one request is judged. The judgement asks; where the answer is
/// not known yet it notes the question, and the judgement is made again when the questions noted
/// have been answered. So rules stay plain functions, and all that they need at one moment is
/// fetched at once.
class Facts {
 public:
  /// `readings` may know more requests than this one.
  explicit Facts(ProfileReadings* readings = nullptr) : readings_(readings) {}

  /// nullptr: not known yet, and noted.
  template <class Q>
  const base::Result<typename Q::Answer>* ask(const Q& question) {
    auto& known = std::get<Known<Q>>(known_);
    if (const auto found = known.find(question); found != known.end()) return &found->second;
    if (std::ranges::find(wanted_, Question(question)) == wanted_.end())
      wanted_.emplace_back(question);
    return nullptr;
  }
  template <class Q>
  void tell(const Q& question, base::Result<typename Q::Answer> answer) {
    std::get<Known<Q>>(known_).insert_or_assign(question, std::move(answer));
  }
  ProfileReadings* readings() const { return readings_; }
  /// The questions noted since the last call, in the order they came up, each once.
  std::vector<Question> take_wanted() { return std::exchange(wanted_, {}); }

 private:
  template <class Q>
  using Known = std::map<Q, base::Result<typename Q::Answer>>;
  std::tuple<Known<ObjectQuestion>, Known<ImageQuestion>, Known<VSwitchQuestion>> known_;
  std::vector<Question> wanted_;
  ProfileReadings* readings_;
};

}  // namespace alicloud
