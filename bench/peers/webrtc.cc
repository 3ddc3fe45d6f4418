// The echo canceller of webrtc-audio-processing 0.3 (Debian's, the AEC of WebRTC in 2016) as a peer
// of the bench.
//
//     webrtc RATE         frames of 20 ms, 16 bits: agent's leg and customer's leg in, output out
//     webrtc --version
//
// The canceller alone, at its highest suppression and with its own delay search: no noise
// suppression, gain control or high-pass.
#include <webrtc/modules/audio_processing/include/audio_processing.h>
#include <webrtc/modules/interface/module_common_types.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace {

bool set_up(webrtc::AudioProcessing *module) {
    webrtc::EchoCancellation *canceller = module->echo_cancellation();
    return canceller->enable_drift_compensation(false) == 0 &&
           canceller->set_suppression_level(webrtc::EchoCancellation::kHighSuppression) == 0 &&
           canceller->Enable(true) == 0;
}

void fill(webrtc::AudioFrame *frame, const int16_t *samples, int rate) {
    frame->sample_rate_hz_ = rate;
    frame->num_channels_ = 1;
    frame->samples_per_channel_ = static_cast<size_t>(rate / 100);
    std::memcpy(frame->data_, samples, sizeof(int16_t) * frame->samples_per_channel_);
}

// 10 ms of both legs; the output replaces the agent's.
bool run(webrtc::AudioProcessing *module, int16_t *agent, const int16_t *customer, int rate) {
    webrtc::AudioFrame far, near;
    fill(&far, customer, rate);
    fill(&near, agent, rate);
    if (module->ProcessReverseStream(&far) != 0)
        return false;
    module->set_stream_delay_ms(0);
    if (module->ProcessStream(&near) != 0)
        return false;
    std::memcpy(agent, near.data_, sizeof(int16_t) * near.samples_per_channel_);
    return true;
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 2) {
        std::fputs("usage: webrtc RATE | --version\n", stderr);
        return 2;
    }
    if (std::strcmp(argv[1], "--version") == 0) {
        std::puts("AEC of webrtc-audio-processing " WEBRTC_VERSION);
        return 0;
    }
    int rate = std::atoi(argv[1]);
    size_t part = static_cast<size_t>(rate / 100), leg = 2 * part;
    webrtc::Config config;
    config.Set<webrtc::ExtendedFilter>(new webrtc::ExtendedFilter(true));
    config.Set<webrtc::DelayAgnostic>(new webrtc::DelayAgnostic(true));
    std::unique_ptr<webrtc::AudioProcessing> module(webrtc::AudioProcessing::Create(config));
    const webrtc::AudioProcessing::ChannelLayout mono = webrtc::AudioProcessing::kMono;
    if (!module || module->Initialize(rate, rate, rate, mono, mono, mono) != 0 ||
        !set_up(module.get()))
        return 1;
    std::vector<int16_t> both(2 * leg);
    while (std::fread(both.data(), sizeof(int16_t), 2 * leg, stdin) == 2 * leg) {
        for (size_t at = 0; at < leg; at += part)
            if (!run(module.get(), &both[at], &both[leg + at], rate))
                return 1;
        std::fwrite(both.data(), sizeof(int16_t), leg, stdout);
        std::fflush(stdout);
    }
    return 0;
}
