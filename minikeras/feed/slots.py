"""Shared memory for big batches: slots that a worker fills and its parent reads.

A slot is an anonymous file, mapped by both. The worker that needs one makes it, sends
its descriptor once, and fills it again and again. The parent sees a batch without
copying it; when nothing there refers to the batch any more, the slot goes back to the
worker. Having no name, slots vanish with the processes, however those end.
"""

import mmap
import os
import tempfile
import weakref

import numpy as np

ALIGN = 64
MEGABYTE = 2**20


def anonymous_file(size):
    """A descriptor of `size` bytes of memory; OSError if there is not enough."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("minikeras-batch")
        free = free_memory()
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
        status = os.fstatvfs(descriptor)
        free = status.f_bavail * status.f_frsize
    try:
        if size > free // 2:
            raise OSError(f"{size} bytes wanted, {free} free")
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(descriptor, 0, size)
        else:
            os.ftruncate(descriptor, size)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def free_memory():
    """Bytes that this process may still take, as far as Linux tells."""
    free = [2**62]
    try:
        with open("/proc/meminfo") as lines:
            told = dict(line.split(":") for line in lines)
        free.append(int(told["MemAvailable"].split()[0]) * 1024)
    except (OSError, KeyError, ValueError):
        pass
    try:
        with open("/sys/fs/cgroup/memory.max") as most:
            with open("/sys/fs/cgroup/memory.current") as used:
                free.append(int(most.read()) - int(used.read()))
    except (OSError, ValueError):
        pass
    return max(0, min(free))


def layout(buffers):
    """[(offset, size)] of buffers that stand one after the other, and the end."""
    places, offset = [], 0
    for buffer in buffers:
        places.append((offset, buffer.nbytes))
        offset += -(-buffer.nbytes // ALIGN) * ALIGN
    return places, offset


def copy_into(memory, buffers, places):
    """Copy each buffer to its place in a memory map."""
    target = np.frombuffer(memory, np.uint8)
    for buffer, (offset, size) in zip(buffers, places, strict=True):
        target[offset : offset + size] = np.frombuffer(buffer, np.uint8)


class Writer:
    """The worker's side: its slots, and which of them are free.

    Arguments
        send_descriptor: function that hands a descriptor to the parent.
        most: how many slots there may be.
    """

    def __init__(self, send_descriptor, most):
        self.send_descriptor = send_descriptor
        self.most = most
        self.slots = {}
        self.free = []
        self.made = 0

    def give_back(self, numbers):
        """The parent needs these slots no longer."""
        self.free.extend(numbers)

    def write(self, buffers):
        """Copy into a slot: (number, places, size if it is new, forgotten slot).

        None if there is no slot and none can be made.
        """
        places, size = layout(buffers)
        for number in reversed(self.free):
            if len(self.slots[number]) >= size:
                self.free.remove(number)
                copy_into(self.slots[number], buffers, places)
                return number, places, None, None
        return self._write_to_new(buffers, places, size)

    def _write_to_new(self, buffers, places, size):
        forgotten = self.free.pop() if self.free else None
        if forgotten is not None:
            del self.slots[forgotten]
        if len(self.slots) >= self.most:
            return None
        size = -(-size // MEGABYTE) * MEGABYTE if size > MEGABYTE else size
        try:
            descriptor = anonymous_file(size)
        except OSError:
            return None
        number, self.made = self.made, self.made + 1
        self.slots[number] = mmap.mmap(descriptor, size)
        copy_into(self.slots[number], buffers, places)
        self.descriptor = descriptor
        return number, places, size, forgotten

    def announce(self):
        """Send the descriptor of the slot just made."""
        try:
            self.send_descriptor(self.descriptor)
        finally:
            os.close(self.descriptor)


class Reader:
    """The parent's side of one worker's slots."""

    def __init__(self):
        self.slots = {}
        self.lent = {}
        self.returned = []

    def add(self, number, descriptor, size, forgotten):
        """Map a new slot."""
        self.slots.pop(forgotten, None)
        try:
            memory = mmap.mmap(descriptor, size)
        finally:
            os.close(descriptor)
        if hasattr(mmap, "MADV_DONTFORK"):
            memory.madvise(mmap.MADV_DONTFORK)
        self.slots[number] = memory

    def read(self, number, places):
        """Views of the slot; once all of them are gone it is in `returned`."""
        whole = np.frombuffer(self.slots[number], np.uint8)

        def forget(_, number=number, lent=self.lent, returned=self.returned):
            lent.pop(number, None)
            returned.append(number)

        self.lent[number] = weakref.ref(whole, forget)
        return [whole[offset : offset + size] for offset, size in places]

    def take_returned(self):
        """The slots to give back to the worker."""
        numbers = []
        while self.returned:
            numbers.append(self.returned.pop())
        return numbers


def shared_copy(buffers, places, size):
    """An open file of shared memory that holds the buffers."""
    descriptor = anonymous_file(size)
    with mmap.mmap(descriptor, size) as memory:
        copy_into(memory, buffers, places)
    return os.fdopen(descriptor, "rb")
