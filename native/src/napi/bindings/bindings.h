#pragma once

#include <napi.h>

namespace banger {

void bindClone(Napi::Env env, Napi::Object exports);
void bindDm(Napi::Env env, Napi::Object exports);
void bindDmEvents(Napi::Env env, Napi::Object exports);
void bindFile(Napi::Env env, Napi::Object exports);
void bindIp(Napi::Env env, Napi::Object exports);
void bindLink(Napi::Env env, Napi::Object exports);
void bindLoop(Napi::Env env, Napi::Object exports);
void bindNetns(Napi::Env env, Napi::Object exports);
void bindNft(Napi::Env env, Napi::Object exports);
void bindProcess(Napi::Env env, Napi::Object exports);
void bindTap(Napi::Env env, Napi::Object exports);

} // namespace banger
