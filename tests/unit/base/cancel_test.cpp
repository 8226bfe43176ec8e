#include <synapsed/cancel.hpp>

#include <gtest/gtest.h>

namespace synapsed {
namespace {

TEST(Cancel, ATokenWithoutSourceIsNeverCancelled) {
  const CancelToken token;
  EXPECT_FALSE(token.can_be_cancelled());
  EXPECT_FALSE(token.is_cancelled());
  token.unsubscribe(token.subscribe([] { ADD_FAILURE(); }));
}

TEST(Cancel, CallsEachSubscriberOnce) {
  const CancelSource source;
  int calls = 0;
  source.token().subscribe([&] { ++calls; });
  source.cancel();
  source.cancel();
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(source.token().is_cancelled());
}

TEST(Cancel, ALateSubscriberIsCalledAtOnce) {
  const CancelSource source;
  source.cancel();
  int calls = 0;
  source.token().subscribe([&] { ++calls; });
  EXPECT_EQ(calls, 1);
}

TEST(Cancel, AnUnsubscribedCallbackIsNotCalled) {
  const CancelSource source;
  const CancelToken token = source.token();
  token.unsubscribe(token.subscribe([] { ADD_FAILURE(); }));
  source.cancel();
}

}  // namespace
}  // namespace synapsed
