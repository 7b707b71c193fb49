"""Convolutions, and layers that pad, crop and enlarge.

Older scripts find pooling and dilated convolutions here, too.
"""

from minikeras.layers.convolutional.conv1d import Conv1D
from minikeras.layers.convolutional.conv2d import Conv2D
from minikeras.layers.convolutional.conv2d_transpose import Conv2DTranspose
from minikeras.layers.convolutional.conv3d import Conv3D
from minikeras.layers.convolutional.conv3d_transpose import Conv3DTranspose
from minikeras.layers.convolutional.cropping import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
)
from minikeras.layers.convolutional.depthwise_conv2d import DepthwiseConv2D
from minikeras.layers.convolutional.separable_conv1d import SeparableConv1D
from minikeras.layers.convolutional.separable_conv2d import SeparableConv2D
from minikeras.layers.convolutional.up_sampling import (
    UpSampling1D,
    UpSampling2D,
    UpSampling3D,
)
from minikeras.layers.convolutional.zero_padding import (
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from minikeras.lazy import lazy_names

Convolution1D = Conv1D
Convolution2D = Conv2D
Convolution3D = Conv3D
Deconvolution2D = Conv2DTranspose
Deconvolution3D = Conv3DTranspose
Deconv2D, Deconv3D = Conv2DTranspose, Conv3DTranspose
SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D

ELSEWHERE = {
    "legacy": "AtrousConvolution1D AtrousConvolution2D",
    "pooling": """
        AveragePooling1D AveragePooling2D AveragePooling3D MaxPooling1D MaxPooling2D
        MaxPooling3D
    """,
}
__getattr__, _ = lazy_names(
    "minikeras.layers",
    {name: family for family, names in ELSEWHERE.items() for name in names.split()},
)

__all__ = [
    "Conv1D", "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose",
    "Convolution1D", "Convolution2D", "Convolution3D", "Cropping1D", "Cropping2D",
    "Cropping3D", "Deconvolution2D", "Deconvolution3D", "DepthwiseConv2D",
    "SeparableConv1D", "SeparableConv2D", "UpSampling1D", "UpSampling2D",
    "UpSampling3D", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D",
]  # fmt: skip
