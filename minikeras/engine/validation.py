"""When to validate, and on what."""

import numbers


def due_after(frequency):
    """Function that says whether to validate after the n-th epoch (n from 1).

    Arguments
        frequency: validate after every n-th epoch, or a list of epochs.
    """
    if isinstance(frequency, int) and not isinstance(frequency, bool):
        if frequency < 1:
            raise ValueError(f"`validation_freq` must be at least 1; got {frequency}.")
        return lambda epoch: epoch % frequency == 0
    if hasattr(frequency, "__contains__") and not isinstance(frequency, str):
        return lambda epoch: epoch in frequency
    raise ValueError(
        "`validation_freq` must be an integer or a list, tuple or set of epochs; got "
        f"{frequency!r}."
    )


def split_off(batch, share):
    """Cut `(x, y, weights)` in two: the last `share` of the samples comes off."""
    if not isinstance(share, numbers.Real) or not 0 < share < 1:
        raise ValueError(f"`validation_split` must be between 0 and 1; got {share!r}.")
    x, *_ = batch
    count = len(x[0])
    at = int(count * (1 - share))
    if at in (0, count):
        raise ValueError(
            f"validation_split={share} of {count} samples leaves no sample to "
            f"{'train' if at == 0 else 'validate'} on."
        )
    return (
        tuple(_cut(part, slice(0, at)) for part in batch),
        tuple(_cut(part, slice(at, None)) for part in batch),
    )


def _cut(arrays, rows):
    return [None if array is None else array[rows] for array in arrays]
