// All kernels for one instruction set: compiled once per set, with MAMBRUSH_ISA naming it and the compiler's flags
// choosing it. Nothing outside may be inlined into or out of here.
#include "kernel.h"
#include "vector.h"
#include "kernels/bridge.h"
#include "kernels/causal-conv1d-silu.h"
#include "kernels/conv3x3.h"
#include "kernels/elementwise.h"
#include "kernels/group-norm.h"
#include "kernels/layernorm.h"
#include "kernels/linear.h"
#include "kernels/loss.h"
#include "kernels/machine-limits.h"
#include "kernels/sample.h"
#include "kernels/selective-scan.h"

namespace mambrush::MAMBRUSH_ISA {

static const KernelEntry entries[] = {
    {"sample-image", sampleImageForward, nullptr},
    {"sample-labels", sampleLabelsForward, nullptr},
    {"conv3x3", conv3x3Forward, conv3x3Gradient},
    {"groupnorm-maxpool-gelu", groupnormMaxpoolGeluForward, groupnormMaxpoolGeluGradient},
    {"groupnorm-upsample-gelu", groupnormUpsampleGeluForward, groupnormUpsampleGeluGradient},
    {"groupnorm-gelu", groupnormGeluForward, groupnormGeluGradient},
    {"layernorm", layernormForward, layernormGradient},
    {"linear", linearForward, linearGradient},
    {"causal-conv1d-silu", causalConv1dSiluForward, causalConv1dSiluGradient},
    {"selective-scan", selectiveScanForward, selectiveScanGradient},
    {"channel-mean-max", channelMeanMaxForward, channelMeanMaxGradient},
    {"spatial-attention", spatialAttentionForward, spatialAttentionGradient},
    {"attended-mean", attendedMeanForward, attendedMeanGradient},
    {"channel-attention", channelAttentionForward, channelAttentionGradient},
    {"attended-skip", attendedSkipForward, attendedSkipGradient},
    {"sum", sumForward, sumGradient},
    {"scaled-sum", scaledSumForward, scaledSumGradient},
    {"gelu", geluForward, geluGradient},
    {"upsample", upsampleForward, upsampleGradient},
    {"class-probabilities", classProbabilitiesForward, nullptr},
    {"bce-dice", bceDiceForward, bceDiceGradient},
    {"softmax-dice", softmaxDiceForward, softmaxDiceGradient},
};

#define MAMBRUSH_TEXT2(x) #x
#define MAMBRUSH_TEXT(x) MAMBRUSH_TEXT2(x)

extern const KernelSet kernelSet;
const KernelSet kernelSet = {MAMBRUSH_TEXT(MAMBRUSH_ISA), entries, sizeof entries / sizeof entries[0],
                             multiplyAdds};

}  // namespace mambrush::MAMBRUSH_ISA
