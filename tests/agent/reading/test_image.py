"""Which questions can only be answered by looking at an image that nobody described."""

from agent.reading.image import needs_image
from agent.types import Question

POINTING = [
    "What lung nodule is shown in this image?",
    "What does this CT show?",
    "What abnormality is seen in the figure?",
    "Is there a pneumothorax in this radiograph?",
    "What plane is this?",
    "What plane is shown?",
    "What type of imaging is this?",
    "What imaging modality is used to take this image?",
    "Is this an MRI of the brain?",
    "Is this a KUB film?",
    "Is this brain scan normal?",
    "Is this X-ray suggestive of aortic dissection?",
    "What are the arrows pointing at?",
    "Which structure does the arrowhead indicate?",
    "What is the diagnosis in the attached scan?",
    "Which organ is depicted above?",
    "Describe the following images.",
    "What is the given picture?",
    "Is the study normal?",
    "What does the MRI show?",
    "Is there free air on the radiograph?",
    "Where is the lesion in the CT scan?",
    "Does the picture contain the liver?",
    "Which of the ribs is fractured in the image shown?",
    "What is the finding in the radiograph below?",
]
STANDING_ALONE = [
    "What does the double duct sign mean?",
    "What does the crazy paving sign mean?",
    "What does the beak sign tell?",
    "What is the next step for a simple renal cyst?",
    "How is the mass of an adrenal incidentaloma managed?",
    "What is the study of choice for suspected appendicitis?",
    "When should the CT be repeated after a 7 mm nodule?",
    "Which findings on the CT suggest appendicitis?",
    "In the study by Smith, what was the sensitivity?",
    "Which view is best for the scaphoid?",
    "What does the MRI show in focal nodular hyperplasia?",
    "Is the scan needed after a normal ultrasound?",
    "What is the Bosniak class of a cyst with a 4 mm wall?",
    "Given CT findings of free fluid, which grade is it?",
    "What is seen on CT in appendicitis?",
    "Where do metastases of the prostate go?",
    "Which of the following studies is best?",
    "How should the radiograph of a suspected hip fracture be taken?",
    "What does the image quality of MRI depend on?",
    "How long after the MRI may she breastfeed?",
    "Is imaging needed in low-risk back pain?",
    "What is the first-line imaging modality in pregnancy?",
    "Which type of imaging is used for pyloric stenosis?",
    "Does a 4 mm nodule need a follow-up CT?",
    "What is a Salter-Harris II fracture?",
    "How is the arrow sign of appendicitis defined?",
    "What are the T2 signs of an endometrioma?",
    "How thick may the wall of the gallbladder be?",
    "Is a CT of the chest indicated after a normal radiograph?",
    "Isolated calf vein clot, no anticoagulation: when is the next scan?",
    "4-week-old vomiting, pyloric muscle 4.5 mm, never opens on the scan. What now?",
    "How many target lesions are allowed in all and per organ?",
]


def test_questions_that_point_at_an_image_are_found():
    missed = [text for text in POINTING if not needs_image(Question.of(text))]
    assert len(missed) <= 2, missed


def test_questions_about_imaging_at_large_need_none():
    taken = [text for text in STANDING_ALONE if needs_image(Question.of(text))]
    assert len(taken) <= 1, taken


def test_a_report_stands_for_the_image():
    assert not any(needs_image(Question.of(text, report="CT chest: a 7 mm solid nodule.")) for text in POINTING)
