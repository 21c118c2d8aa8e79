"""A predictor of the user's own: given in Python, or read with skops, which runs only code allowed by name."""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

from explain_engine.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from explain_engine.predict.protocol import Fitted

# What the zip reader, the JSON reader and the constructors raise on a file that is damaged or was made to hurt.
_UNREADABLE = (
    OSError, EOFError, ValueError, TypeError, LookupError, AttributeError, ImportError, RuntimeError, OverflowError,
    zipfile.BadZipFile, zlib.error, struct.error,
)  # fmt: skip


def load_predictor(path: Path, *, trusted: Sequence[str] = ()) -> Fitted:
    """Read a fitted scikit-learn-like regressor from a skops file.

    Parameters
    ----------
    trusted
        Names of types outside scikit-learn and numpy that the file may hold; read them before you allow them.

    Raises
    ------
    InputError
        If skops is not installed, the file cannot be read, holds types not allowed, or has no ``predict``.
    """
    try:
        import skops.io as sio
        from skops.io.exceptions import UnsupportedTypeException, UntrustedTypesFoundException
    except ImportError as error:
        raise InputError("reading a model needs skops; pip install 'oncobrief[skops]'") from error
    try:
        unknown = [name for name in sio.get_untrusted_types(file=path) if name not in trusted]
        if unknown:
            raise InputError(f"{path} holds types that are not allowed: {', '.join(unknown)}; pass them as trusted")
        model: Any = sio.load(path, trusted=list(trusted))
    except InputError:
        raise
    except (*_UNREADABLE, UnsupportedTypeException, UntrustedTypesFoundException) as error:
        raise InputError(f"{path} is not a readable skops file ({type(error).__name__}: {error})") from error
    return check_predictor(model)


def check_predictor(model: Any) -> Fitted:
    """Return the model if it can be asked for predictions.

    Raises
    ------
    InputError
        If it has no ``predict``.
    """
    if not callable(getattr(model, "predict", None)):
        raise InputError(f"{type(model).__name__} has no predict method; give a fitted regressor")
    return model  # type: ignore[no-any-return]
