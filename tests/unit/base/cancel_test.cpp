#include <synapsed/cancel.hpp>
#include <synapsed/stop_token.hpp>

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

TEST(Cancel, AnyOfTwoCancels) {
  const CancelSource first;
  const CancelSource second;
  const CancelToken both = CancelToken::any(first.token(), second.token());
  EXPECT_FALSE(both.is_cancelled());
  second.cancel();
  EXPECT_TRUE(both.is_cancelled());
  EXPECT_FALSE(first.token().is_cancelled());
  EXPECT_TRUE(CancelToken::any(CancelToken(), second.token()).is_cancelled());
  EXPECT_FALSE(CancelToken::any(CancelToken(), CancelToken()).can_be_cancelled());
}

TEST(Cancel, AJoinedTokenMayGoBeforeItsParts) {
  const CancelSource first;
  { const CancelToken both = CancelToken::any(first.token(), CancelSource().token()); }
  first.cancel();
}

TEST(Cancel, ACallbackMayDropTheLastJoinedToken) {
  const CancelSource first;
  CancelToken both = CancelToken::any(first.token(), CancelSource().token());
  both.subscribe([&] { both = CancelToken(); });
  first.cancel();
  EXPECT_FALSE(both.can_be_cancelled());
}

TEST(Cancel, AStopRequestCancels) {
  std::stop_source stop;
  const CancelToken token = cancel_on(stop.get_token());
  int told = 0;
  token.subscribe([&] { ++told; });
  EXPECT_FALSE(token.is_cancelled());
  stop.request_stop();
  EXPECT_TRUE(token.is_cancelled());
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(cancel_on(stop.get_token()).is_cancelled());
}

}  // namespace
}  // namespace synapsed
