"""Reading what people write down of their photos: CSV and JSON files of labels, in the forms that are about."""

from .listing import ListedPhoto, Listing
from .matching import LabelledPhotos, match
from .photo_index import PhotoIndex
from .reading import read_listing
from .split_file import read_splits

__all__ = ['LabelledPhotos', 'ListedPhoto', 'Listing', 'PhotoIndex', 'match', 'read_listing', 'read_splits']
