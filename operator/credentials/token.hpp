#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "kube/object/object.hpp"

// Decisions about the workload's token in the target: pure, from what both clusters show. A
// generation is an anchor Secret in the target (the token is bound to it; deleting it revokes the
// token, lab: within 10 s) and the delivered Secret in the runtime cluster.
namespace credentials {

/// What the delivered Secret holds, read from its content. Absent or damaged ones count as nothing.
struct Delivered {
  std::int64_t generation = 0;
  std::string inputs;                    ///< Wanted::inputs it was made for
  std::string anchor_uid;                ///< from the token
  std::string service_account_uid;       ///< from the token
  base::TimePoint issued_at, not_after;  ///< by the target's clock
  base::TimePoint delivered_at;          ///< by ours: renewal counts from here, so that two clocks
                                         ///< that disagree make neither a loop nor an expiry
  std::string rotation;                  ///< Wanted::rotation when it was made
  std::string user;         ///< whom the target takes it for, where that was asked for by name
  std::string former_user;  ///< whom the one before was for, where that was another
  std::optional<base::TimePoint> former_not_after;  ///< when the one before ends, if only then
  bool operator==(const Delivered&) const = default;
};

/// One generation's Secret in the target.
struct Anchor {
  std::string name;
  std::int64_t generation = 0;
  kube::Uid uid;
  kube::ResourceVersion version;
  bool being_deleted = false;
};

struct Observed {
  std::optional<Delivered> delivered;
  std::vector<Anchor> anchors;
  std::string service_account_uid;  ///< empty: it does not exist (yet)
};

struct Wanted {
  std::string inputs;  ///< everything that the delivered kubeconfig depends on, as a hash: server,
                       ///< CA, account, audiences, lifetime
  int renew_after_percent = 50;
  std::chrono::milliseconds overlap{};
  std::string rotation;  ///< a person's word: another one than at the last issue asks for a new one
  std::chrono::milliseconds min_interval{};  ///< between issues that are not forced
  double early = 0;        ///< part of the time until renewal by which it comes sooner
  bool crowded = false;    ///< many others are renewed now: this one waits while it can
  bool holds_old = false;  ///< replicas that cannot change to the delivered one still run
};

/// The credential in use is good until `look_again`.
struct Keep {
  base::TimePoint look_again;
};
/// Make generation `generation`, verify it, deliver it. `reason` is for people and events.
struct Issue {
  std::int64_t generation;
  std::string reason;
  std::optional<Anchor> reuse = std::nullopt;  ///< left by an attempt that failed half-way
};
/// Delete this old generation in the target.
struct Retire {
  Anchor anchor;
};
using Decision = std::variant<Keep, Issue, Retire>;

/// Renewal is due at renew_after_percent of the lifetime granted, or `early`; where it is crowded,
/// not before three quarters of it; an account of another UID, a missing anchor (its token is dead)
/// or a clock that was set back need a new generation at once, and so does a person who asks;
/// changed inputs wait min_interval after the last delivery, so that a value that flaps does not
/// flood the target. An old generation is retired `overlap` after its successor was delivered,
/// overlap capped at a fifth of the successor's lifetime. An anchor newer than what is delivered is
/// the left-over of an attempt that failed half-way: the next issue takes it, so that attempts that
/// keep failing leave one anchor and no more; with nothing to issue it is retired. Where the
/// delivered Secret is lost, nobody knows which anchor the replicas' token hangs on: none is
/// retired before a new generation is delivered, and at most kMostUnknown are there meanwhile.
/// Nothing in use before is retired while wanted.holds_old.
Decision decide(const Wanted& wanted, const Observed& seen, base::TimePoint now);

inline constexpr std::size_t kMostUnknown = 3;

/// Why a delivered credential of any type needs a successor by what was wished and by the time;
/// empty while it does not.
std::string why_stale(const Wanted& wanted, const Delivered& held, base::TimePoint now);
/// When that may become so, without anything else happening.
base::TimePoint next_look(const Wanted& wanted, const Delivered& held);
/// When what came before the delivered generation is used by nobody any more.
base::TimePoint retire_at(const Wanted& wanted, const Delivered& held);

/// When the delivered credential should be renewed, by our clock.
base::TimePoint renew_at(const Delivered& delivered, int renew_after_percent, double early = 0);

}  // namespace credentials
