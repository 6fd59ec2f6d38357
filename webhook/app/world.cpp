#include "webhook/app/world.hpp"

#include <stdexcept>

#include "webhook/cluster/live.hpp"

namespace webhook {

namespace {

using alicloud::Facts;
using alicloud::ImageQuestion;
using alicloud::ObjectQuestion;
using alicloud::Question;
using alicloud::VSwitchQuestion;
using net_io::Deadline;
using net_io::Task;
using std::chrono::milliseconds;

constexpr milliseconds kLook(20);
constexpr milliseconds kEndOfAborted(1'000);

/// What is cut off is cut off because the API server would not wait longer.
template <class T>
base::Result<T> in_time(std::string_view asked, base::Result<T> answer) {
  if (answer || !answer.error().is(base::Error::Kind::cancelled)) return answer;
  return base::fail(base::transient(std::string(asked) + " did not answer in the time given"));
}

}  // namespace

World::World(Parts parts)
    : executor_(parts.executor),
      cache_(parts.cache),
      api_(std::move(parts.api)),
      cloud_(parts.executor, std::move(parts.cloud), parts.clock, base::Random(parts.seed)) {}

std::vector<Question> World::answer_known(Facts& facts, std::vector<Question> questions) const {
  std::erase_if(questions, [&](const Question& question) {
    const auto* object = std::get_if<ObjectQuestion>(&question);
    if (object == nullptr || object->source != alicloud::Source::cache) return false;
    auto known = cache_.find(*object);
    if (known) facts.tell(*object, *std::move(known));
    return known.has_value();
  });
  return questions;
}

Task<> World::ask_cluster(std::shared_ptr<Facts> facts, ObjectQuestion question,
                          Deadline deadline) {
  if (question.source == alicloud::Source::live) {
    auto asked = question;
    auto answer = co_await cluster::read_live(*api_, std::move(asked));
    facts->tell(question, in_time("the cluster", std::move(answer)));
    co_return;
  }
  auto known = cache_.find(question);
  while (!known && !deadline.is_over()) {
    if (!co_await net_io::sleep_for(kLook)) break;
    known = cache_.find(question);
  }
  const auto unknown = base::transient("the cluster's " + std::string(to_string(question.kind)) +
                                       "s have not been listed yet");
  facts->tell(question, known ? *std::move(known) : base::fail(unknown));
}

Task<> World::ask_images(std::shared_ptr<Facts> facts, ImageQuestion question, Deadline deadline) {
  auto asked = question;
  auto answer = co_await cloud_.is_customised(std::move(asked), deadline);
  facts->tell(question, in_time("AliCloud", std::move(answer)));
}

Task<> World::ask_vswitches(std::shared_ptr<Facts> facts, VSwitchQuestion question,
                            Deadline deadline) {
  auto asked = question;
  auto answer = co_await cloud_.vswitches(std::move(asked), deadline);
  facts->tell(question, in_time("AliCloud", std::move(answer)));
}

Task<> World::answer(std::shared_ptr<Facts> facts, std::vector<Question> questions,
                     Deadline deadline) {
  const auto open = answer_known(*facts, std::move(questions));
  if (open.empty()) co_return;
  net_io::TaskGroup tasks(executor_, [](const char* what) { throw std::runtime_error(what); });
  for (const auto& question : open) {
    if (const auto* object = std::get_if<ObjectQuestion>(&question)) {
      tasks.spawn(ask_cluster(facts, *object, deadline));
    } else if (const auto* image = std::get_if<ImageQuestion>(&question)) {
      tasks.spawn(ask_images(facts, *image, deadline));
    } else {
      tasks.spawn(ask_vswitches(facts, std::get<VSwitchQuestion>(question), deadline));
    }
  }
  while (!co_await tasks.finished(std::min(deadline.left(), milliseconds(100)))) {
    if (deadline.is_over() || co_await net_io::cancelled()) break;
  }
  tasks.abort();
  co_await tasks.finished(kEndOfAborted);
}

}  // namespace webhook
