from minikeras import backend as K
from minikeras.backend.op import op
from minikeras.backend.tensor import Variable


class Metric:
    def __init__(self, name=None):
        self.name = name


class MeanMetricWrapper(Metric):
    def __init__(self, fn, name=None):
        super().__init__(name)
        self.fn = fn
        self.total = Variable(0.0)
        self.count = Variable(0.0)

    def reset_states(self):
        self.total.assign(0.0)
        self.count.assign(0.0)

    def update_state(self, y_true, y_pred, sample_weight=None):
        v = self.fn(y_true, y_pred)
        return [
            K.update_add(self.total, K.sum(v)),
            K.update_add(self.count, K.sum(K.ones_like(v))),
        ]

    def result(self):
        return self.total / self.count


@op
def categorical_accuracy(y_true, y_pred):
    return (y_true.argmax(-1) == y_pred.argmax(-1)).astype("f"), None


def get(n):
    return globals()[n]
