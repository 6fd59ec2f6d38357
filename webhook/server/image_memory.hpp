#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace webhook {

/// Which images are customised, for a short while, and which of them somebody is asking about at
/// this moment. Only answers are kept, no errors. Any thread may call.
class ImageMemory {
 public:
  struct Limits {
    std::chrono::milliseconds life{60'000};
    std::size_t entries = 1'024;
  };
  using Answer = base::Result<bool>;

  explicit ImageMemory(const base::Clock& clock) : ImageMemory(clock, Limits()) {}
  ImageMemory(const base::Clock& clock, Limits limits) : clock_(clock), limits_(limits) {}
  ImageMemory(ImageMemory&&) = delete;

  /// A question under way. Its asker holds the Claim, all others wait for it.
  struct Flight;
  class Claim;

  struct Look {
    std::optional<bool> known;
    std::unique_ptr<Claim> claim;    ///< nobody asks: the caller does, from now on
    std::shared_ptr<Flight> flight;  ///< somebody else asks
  };
  Look look(const std::string& key);

  enum class State { flying, landed, lost };
  /// `landed`: with `answer`. `lost`: the asker gave up; ask again.
  State state_of(const Flight& flight, std::optional<Answer>& answer) const;

 private:
  struct Entry {
    bool is_customised;
    base::BootTime until;
  };
  void end(const std::string& key, Flight& flight, std::optional<Answer> answer);
  void make_room();

  const base::Clock& clock_;
  Limits limits_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, std::shared_ptr<Flight>> flights_;
};

/// Whoever asks holds one. Dropped without an answer: the question is free again.
class ImageMemory::Claim {
 public:
  Claim(ImageMemory& memory, std::string key, std::shared_ptr<Flight> flight)
      : memory_(memory), key_(std::move(key)), flight_(std::move(flight)) {}
  ~Claim() { memory_.end(key_, *flight_, std::move(answer_)); }
  Claim(Claim&&) = delete;
  /// What the waiting are told once this is dropped; no error is remembered longer.
  void answer(Answer answer) { answer_ = std::move(answer); }

 private:
  ImageMemory& memory_;
  std::string key_;
  std::shared_ptr<Flight> flight_;
  std::optional<Answer> answer_;
};

}  // namespace webhook
